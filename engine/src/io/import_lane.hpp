// engine: one partition of an import: pieces fetched ahead, in order to the writer.
#pragma once

#include "piece_fetch.hpp"
#include "step_gate.hpp"
#include "transfer_run.hpp"

#include <sluice/stream/values.hpp>
#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <vector>

namespace sluice {

/// What one lane works with; everything outlives it.
struct import_lane_context {
    transfer_run& run;
    import_source& source;
    writer& to;
    step_gate& gate;
    lane_id scheduled{};
    std::uint32_t partition = 0;
    object_format format = object_format::avro;
    std::size_t event_bytes = usual_event_bytes; ///< of events cut from `raw`
    lane_progress& seen;
    std::uint64_t gaps = 0; ///< ranges recorded as missing
};

/// Brings everything committed behind the writer's last progress into the stream. Errors: paused;
/// damaged_object; other_incarnation where the stream's progress names another source; what store
/// and writer say. Nothing behind a failure is ever appended. Cancellation: terminal; the stream
/// then says how to go on.
task<result<void>> run_import_lane(import_lane_context& lane);

} // namespace sluice
