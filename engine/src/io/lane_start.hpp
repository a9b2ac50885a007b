// engine: where a lane goes on, and the gap that it leaves.
#pragma once

#include "../core/start_rules.hpp"
#include "export_lane.hpp"

namespace sluice {

/// Looks at the stream and decides; `bucket` is null where the partition has no commits. Errors:
/// those of decide_start; what reading says.
task<result<start_decision>> settle_start(
    reader& stream, const export_target& target, std::uint32_t partition, const tail* bucket
);

/// Writes the gap from `row.next` to `to` as the next commit, and moves `row` behind it. False:
/// another commit stands there, which the caller must read. Errors: those of put_commit.
task<result<bool>>
write_gap(export_lane_context& lane, lane_row& row, position to, const std::string& reason);

} // namespace sluice
