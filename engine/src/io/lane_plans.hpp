// engine: a lane's plans: made, recalled, given up, and what they left in the bucket swept away.
#pragma once

#include "export_lane.hpp"
#include "strays.hpp"

#include <optional>
#include <vector>

namespace sluice {

/// The lane's state between objects.
struct lane_progressing {
    export_lane_context& lane;
    lane_row row;
    std::optional<plan_row> plan; ///< the attempt under way
    bool left_something = false;  ///< there may be strays of our own
    bool uploaded = false;        ///< a lost answer may have left an upload of no known id
    std::vector<plan_row>
        abandoned{}; ///< attempts given up, journaled until nothing of them is left
};

/// Tells where the lane stands.
void show_position(lane_progressing& at);

/// The plan under way is over, and nothing of it is left.
task<result<void>> drop_plan(lane_progressing& at);

/// The attempt is over, without an object that a commit will name. What it left is removed by a
/// sweep of this run or a later one, which the journal reminds of.
void abandon_plan(lane_progressing& at);

/// Plans of another epoch or encoder are abandoned, never continued; so is all but the newest of
/// ours.
task<result<void>> recall_plan(lane_progressing& at);

/// Removes what abandoned attempts have left, where this run knows of any; uploads of no known id
/// are always looked for.
task<result<void>> sweep_if_needed(lane_progressing& at);

/// A new attempt at the object that begins at `first`, under a key of its own and by the rules of
/// the target. It is not yet journaled.
plan_row fresh_plan(const export_target& target, std::uint64_t epoch, position first);

/// Journals the intent before any request of it.
task<result<void>> new_plan(lane_progressing& at);

/// Uploads that nobody goes on with are looked for now and then, until this is cancelled: what a
/// creation with a lost answer leaves would be charged for as long as a run follows.
task<void> look_for_old_uploads(lane_progressing& at);

} // namespace sluice
