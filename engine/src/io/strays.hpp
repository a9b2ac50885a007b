// engine: what earlier runs left behind: uploads and objects of ours that no commit names.
#pragma once

#include "export_lane.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace sluice {

/// What may be kept of the claim's own epoch: keys of journaled plans, with the upload each uses.
struct kept_attempts {
    std::set<std::string> keys;    ///< relative
    std::set<std::string> uploads; ///< ids
};

/// Removes uploads of the partition that nobody will continue: those of epochs older than `epoch`,
/// and those of `epoch` that are not kept. One request when there are none. The caller holds the
/// claim numbered `epoch`. A run that created uploads ends with it, because of a creation whose
/// answer was lost only the second try's upload is known. Errors: as below.
task<result<void>>
remove_stray_uploads(export_lane_context& lane, std::uint64_t epoch, const kept_attempts& kept);

/// While the lane runs: removes uploads of the partition that is_left_over() names. `kept` is asked
/// when they are listed, for plans change meanwhile. Tried once: what fails is told in the log, and
/// done by the next look.
task<void> remove_old_uploads(
    export_lane_context& lane, std::uint64_t epoch, const std::function<kept_attempts()>& kept
);

/// Removes uploads and unnamed objects of the partition: those of epochs older than the claim's
/// always (no commit can name them any more), those of its own when they are not kept and, for
/// objects, begin before the committed end. The caller holds the claim of `standing`. Nothing is
/// removed unless every commit before `standing.next_commit` was read: an object whose commit the
/// store does not show for a moment is no stray. Errors: gave_up, paused, what the store said.
task<result<void>>
remove_strays(export_lane_context& lane, const lane_row& standing, const kept_attempts& kept);

} // namespace sluice
