// engine: one attempt at one object: under one key, once.
#pragma once

#include "export_lane.hpp"
#include "object_planner.hpp"

#include <sluice/engine/commit.hpp>

namespace sluice {

/// How an attempt ended.
enum class attempt_end {
    stored = 1, ///< the object stands at its key, with our token and size
    doubtful,   ///< the key must not be used further: try again under another one
    nothing,    ///< there is nothing to export from here
    too_small,  ///< the store takes no parts of this size, or not so many of them
};

/// Uploads what `plan` says, or goes on with it: parts that the server already has are not sent
/// again. On return the journal's plan is brought up to date. `object` then describes the stored
/// object as the commit will. Errors: engine_errc::paused, gave_up, foreign_object; what the source
/// or the store said.
task<result<attempt_end>>
run_attempt(export_lane_context& lane, plan_row& plan, committed_object& object);

/// Forgets an upload on the server, if there is one. Best effort: what stays is found as a stray.
task<void> abort_attempt(export_lane_context& lane, const plan_row& plan);

} // namespace sluice
