// engine: what several parts of a transfer are together.
#pragma once

#include "partition_share.hpp"

#include <sluice/base/result.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/engine/state_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// The state that something shows of which one part is in state `one`, another in `two`: what goes
/// on outweighs what has failed, and that what has ended. Empty: no part yet.
std::string joint_state(const std::string& one, const std::string& two);

/// What one part of a destination or source has done, with what another has, but for their lanes.
void join(target_progress& to, const target_progress& more);

/// How many sequences lanes have to move, and have moved. `open`: not all of them are committed;
/// then something is left, also where all bytes have arrived.
struct lanes_moved {
    double done = 0, all = 0;
    bool open = false;
    double percent() const;
    double left() const;
};
lanes_moved moved_by(const std::vector<lane_progress>& lanes, partition_share share = {});

/// An export whose partitions are shared out: `shares` holds what each share tells, by its number,
/// and of each partition counts what its own share tells (partition_share).
progress joint_progress(const std::vector<progress>& shares);
std::vector<destination_row> joint_rows(const std::vector<std::vector<destination_row>>& shares);

/// Which of these outcomes is that of the whole, as an index: a failure outweighs a pause, which
/// outweighs that all ended as was told; a gap is told last. nullopt: all have completed.
std::optional<std::size_t> joint_outcome(const std::vector<std::optional<failure>>& shares);

} // namespace sluice
