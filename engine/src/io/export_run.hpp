// engine: a whole export: one stream, several destinations, one lane per partition and destination.
#pragma once

#include "transfer_state.hpp"

#include <sluice/engine/spec.hpp>
#include <sluice/s3/traffic.hpp>
#include <sluice/stream/reader.hpp>

#include <memory>
#include <vector>

namespace sluice {

struct export_target;

/// Takes over an opened stream and opened targets. The work ends when every lane has reached the
/// end that the stream had when the work began.
std::shared_ptr<transfer_work> make_export(
    transfer::state& shared,
    const export_spec& spec,
    std::unique_ptr<reader> stream,
    std::vector<std::unique_ptr<export_target>> targets
);

/// A target as the spec asks for it, nothing sent yet. Errors: those of addresses, options,
/// credentials.
result<std::unique_ptr<export_target>> open_export_target(
    any_io_executor on,
    const export_spec& spec,
    const std::string& address,
    const stream_description& stream,
    const engine_options& options,
    std::shared_ptr<s3::traffic> in_all = nullptr
);

} // namespace sluice
