// engine: what a transfer promises.
#pragma once

#include <sluice/stream/reader.hpp>

#include <string>

namespace sluice {

/// `exactly-once`, and what a `relaxed` stream takes away from it.
inline std::string guarantee_of(const stream_description& stream) {
    if (stream.durable_acknowledge) return "exactly-once";
    return "exactly-once until the power fails: stream " + stream.name +
           " is relaxed and may then lose its last events, exported ones too";
}

} // namespace sluice
