// engine: one partition of an export, mended.
#pragma once

#include "export_lane.hpp"

#include <sluice/engine/catalogue.hpp>

#include <string>
#include <vector>

namespace sluice {

/// What is to be done in one partition.
struct repair_job {
    std::vector<object_damage> damaged; ///< in order
    bool record_expired = false; ///< missing objects are recorded as removed, not exported again
    bool commits_lost = false;   ///< the journal knows more of them than the bucket has: forget it
    std::vector<std::string> unmended; ///< what could not be done, for people
};

/// Takes the claim, exports damaged objects again as `replace` commits (the same range, under a new
/// key), and records expired ones. A damaged object is removed once its replacement is committed: a
/// kill in between leaves it to the next sweep or cleanup. The lane's journal is up to date
/// afterwards: the export goes on under this claim. Errors: those of take_claim and run_attempt;
/// fenced; paused.
task<result<void>> run_repair_lane(export_lane_context& lane, repair_job& job);

} // namespace sluice
