// engine: the partitions that an import moves, and whether a stream was filled from these. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/partition_map.hpp>
#include <sluice/engine/spec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct partition_choice {
    std::vector<partition_pair> pairs; ///< by target
    std::uint32_t targets = 0;         ///< partitions of the stream: as many
    bool whole = true;                 ///< all partitions, each under its own number
};

/// Of an export with `partitions`: those named, or the share of a shard (partitions of which the
/// number modulo `of` is `number` - 1, numbered anew), or all. Errors: engine_errc::usage where the
/// export has no such partition, or the shard none at all.
result<partition_choice> choose_partitions(
    const std::vector<partition_pair>& named, listing_shard shard, std::uint32_t partitions
);

/// Whether the partitions that `option` names are among those. Errors: engine_errc::usage.
result<void>
check_places(const std::string& option, const places& what, const partition_choice& choice);

/// Whether `stream`, of which each partition tells how far its import is (nothing: not begun), may
/// be filled by this choice. Errors: engine_errc::usage, with the words that fit it.
result<void> fits_stream(
    const partition_choice& choice,
    const std::string& stream,
    const std::vector<std::optional<import_progress>>& filled
);

} // namespace sluice
