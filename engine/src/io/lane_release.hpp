// engine: the end of a lane's work: uploads aborted, the claim released, nothing left behind.
#pragma once

#include "export_lane.hpp"

namespace sluice {

/// Aborts the uploads of journaled attempts and forgets them; those whose object stands already
/// keep it where `unfinished_only` is set: the next run publishes it, or removes it once it has
/// committed another one in its place. Errors: gave_up, paused, what the store said.
task<result<void>> abort_plans(export_lane_context& lane, bool unfinished_only);

/// Ends our claim, if it is in force, with a release commit, behind which no commit of ours can
/// come any more; then removes what no commit names. May be repeated. Errors: as above.
task<result<void>> release_lane(export_lane_context& lane);

} // namespace sluice
