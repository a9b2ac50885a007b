// engine: the stream that an import fills.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// The stream is the transfer's by reservation: created so, with `partitions`, when it does not
/// exist. One that exists may have another number. Errors: those of log_store::open_writer, create.
task<result<std::unique_ptr<writer>>> open_reserved_stream(
    log_store& streams, std::string stream, std::string transfer, std::uint32_t partitions
);

} // namespace sluice
