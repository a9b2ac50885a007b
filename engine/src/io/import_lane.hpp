// engine: one partition of an import: pieces fetched ahead, in order to the writer.
#pragma once

#include "piece_fetch.hpp"
#include "step_gate.hpp"
#include "transfer_run.hpp"

#include <sluice/engine/commit.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/values.hpp>
#include <sluice/stream/writer.hpp>

#include <chrono>
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
    std::uint32_t partition = 0; ///< of the export
    std::uint32_t target = 0;    ///< of the stream
    place start, end;            ///< as asked for; `saved`: nothing particular
    bool follow = false;         ///< goes on as more is committed
    std::chrono::milliseconds poll{10'000};
    object_format format = object_format::avro;
    std::size_t event_bytes = usual_event_bytes; ///< of events cut from `raw`
    lane_progress& seen;
    std::uint64_t gaps = 0; ///< ranges recorded as missing
    left_out_ranges before; ///< those that the stream knew when this lane began
};

/// What an import of this partition stands at that has not begun.
import_progress fresh_import_progress(const export_folder& where, std::uint32_t partition);

/// Brings everything committed behind the writer's last progress into the stream, up to the end
/// asked for. Errors: paused; damaged_object; start_refused; other_incarnation where the stream's
/// progress names another source; what store and writer say. Nothing behind a failure is ever
/// appended. Cancellation: terminal; the stream then says how to go on.
task<result<void>> run_import_lane(import_lane_context& lane);

} // namespace sluice
