// engine: one partition towards one destination: claim, plan, parts, commit, until the end.
#pragma once

#include "../core/claim_rules.hpp"
#include "block_source.hpp"
#include "export_target.hpp"
#include "step_window.hpp"
#include "transfer_run.hpp"

#include <sluice/stream/reader.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace sluice {

/// What one lane works with; everything outlives it.
struct export_lane_context {
    transfer_run& run;
    export_target& target;
    block_source& source;
    step_gate& gate;
    lane_id scheduled{};
    lane_key key;
    lane_progress& seen;
    /// Asked when the lane is about to claim, which what is refused never is: the cursor of the
    /// stream that the lane is to move. Null: another process holds it; only retention would care.
    std::function<task<cursor*>()> find_cursor{};
    cursor* consumed = nullptr;   ///< as found
    step_window* steps = nullptr; ///< null: the lane goes alone
    step_window::seat ahead{};    ///< for the object that it will send next
};

/// Whether a limit of the transfer (`--max-events`, `--max-transfer`) is reached by what this
/// destination has, with `begun` bytes more. Who begins something new waits then: the supervisor
/// finds it so within a moment, and pauses.
bool has_enough(const export_lane_context& lane, std::uint64_t begun = 0);
inline constexpr std::chrono::milliseconds until_the_supervisor_looks{20};

/// Whether the journal knows of objects of the lane that are under way. Errors: the journal's.
task<result<bool>> has_plans(transfer_run& run, const lane_key& lane);

/// Runs until everything up to the source's end is committed, or stops: engine_errc::paused on
/// request, fenced, gave_up, or what the source or the store said. Nothing is lost whenever and
/// however it ends. Cancellation: terminal; the journal then says how to go on.
task<result<void>> run_export_lane(export_lane_context& lane);

} // namespace sluice
