// engine: the objects below a prefix that nobody committed: listed, and read range by range.
#pragma once

#include "../core/listing_order.hpp"
#include "../core/object_ranges.hpp"
#include "../core/patience.hpp"
#include "transfer_run.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/progress.hpp>
#include <sluice/s3/listing_walk.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// Use on the transfer's strand.
struct foreign_source {
    s3::object_store& store;
    std::string bucket;
    std::string prefix; ///< what the keys begin with: whole names only
    listing_shard shard;
    std::vector<partition_pair> partitions; ///< only these; empty: whatever lies there
    patience patient;
    target_progress seen;
};

foreign_source make_foreign_source(
    s3::object_store& store,
    const bucket_address& from,
    listing_shard shard,
    std::vector<partition_pair> partitions,
    std::chrono::milliseconds retry_for
);

/// The progress of an import that has come to no object. `partitions`: as the progress keeps it.
listing_progress
at_the_beginning(const foreign_source& from, listing_sort by, std::string partitions);

std::string address_of(const foreign_source& from, const std::string& key); ///< s3://bucket/key

/// A listing, as far as it has come.
struct listing {
    std::string start_after;             ///< key; empty: from the first one on
    std::vector<foreign_object> objects; ///< of the shard, in the order of their keys
    std::uint64_t hidden = 0;            ///< objects whose names say that they are no data
    std::uint64_t of_others = 0;         ///< objects of other shards and partitions
    std::uint64_t chosen = 0; ///< data objects, of all shards, but for those of other partitions
    std::uint64_t in_no_folder = 0; ///< where partitions were named: objects outside of any folder
    std::set<std::uint32_t> other_folders{}; ///< and partitions that have folders, the first ones
    std::uint64_t pages = 0;
    std::string settled;                  ///< see settled_before; as it was when the listing began
    std::optional<s3::listing_walk> walk; ///< nullopt: not begun

    bool ended() const { return walk && walk->ended(); }
};

/// One page more. Errors: gave_up, for a listing that is none (see next_page); what the store
/// says. Cancellation: terminal.
task<result<void>> list_page_of(foreign_source& from, listing& into);
/// All of it, with patience. Errors: gave_up, paused; what the store says. Cancellation: terminal.
task<result<void>> list_all(transfer_run& run, foreign_source& from, listing& into);

/// Why nothing of a whole listing can be imported: nullopt where something can, now or by another
/// shard. no_export_here, naming the prefix; usage where only partitions that were not named have
/// objects, naming what was expected and what there is.
std::optional<failure> nothing_below(const foreign_source& from, const listing& found);

/// Reads the range under the ETag that was listed. Errors: engine_errc::damaged_object naming
/// object and byte, when it is gone or another one; gave_up, paused; what the store said.
/// Cancellation: terminal.
task<result<void>> fetch_range(
    transfer_run& run,
    foreign_source& from,
    const foreign_object& object,
    const object_range& range,
    buffer& into
);

/// The object as the store shows it now; no key: it is gone. Errors and cancellation: as list_all.
task<result<foreign_object>>
look_again(transfer_run& run, foreign_source& from, const std::string& key);

} // namespace sluice
