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
    std::vector<std::string> unmended; ///< what could not be done, for people
};

/// Takes the claim, exports damaged objects again as `replace` commits (the same range, under a new
/// key), and records expired ones. The lane's journal is up to date afterwards: the export goes on
/// under this claim. Errors: those of take_claim and run_attempt; fenced; paused.
task<result<void>> run_repair_lane(export_lane_context& lane, repair_job& job);

} // namespace sluice
