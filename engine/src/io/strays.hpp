// engine: what earlier runs left behind: uploads and objects of ours that no commit names.
#pragma once

#include "export_lane.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace sluice {

/// What may be kept of the claim's own epoch: keys of journaled plans, with the upload each uses.
struct kept_attempts {
    std::set<std::string> keys;    ///< relative
    std::set<std::string> uploads; ///< ids
};

/// Removes uploads and unnamed objects of the partition: those of epochs older than `epoch` always
/// (no commit can name them any more), those of `epoch` when they are not kept and, for objects,
/// begin before `committed`. The caller holds the claim numbered `epoch`. Errors: gave_up, paused,
/// what the store said.
task<result<void>> remove_strays(
    export_lane_context& lane, std::uint64_t epoch, position committed, const kept_attempts& kept
);

/// Only the uploads of `remove_strays`: one listing. A run that created uploads ends with it,
/// because of a creation whose answer was lost only the second try's upload is known.
task<result<void>>
remove_stray_uploads(export_lane_context& lane, std::uint64_t epoch, const kept_attempts& kept);

} // namespace sluice
