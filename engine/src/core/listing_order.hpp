// engine: an import by listing: which objects come next, and how it knows where it stands. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/spec.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// An object as the listing shows it.
struct foreign_object {
    std::string key; ///< whole
    std::string etag;
    std::string modified; ///< as the store writes it; compares as text
    std::uint64_t size = 0;
};

/// Where an import by listing stands: the last object it came to, and how far in it.
struct listing_progress {
    std::string bucket, prefix;
    listing_sort sort = listing_sort::key;
    foreign_object object; ///< without size; no key: none yet
    std::string format;    ///< by which its events are counted
    std::uint64_t event_bytes = 0;
    std::uint64_t events = 0; ///< of the object that are in the stream, whole
    std::uint64_t inside =
        0;             ///< what an event from an object before has of this one: foreign_start
    bool done = false; ///< all of them
    std::uint64_t objects = 0; ///< that lie up to this one, with it, as far as known
    std::string newest;        ///< latest `modified` among those
    listing_shard shard;
    std::string partitions;     ///< as parse_partitions reads it; empty: whatever lies there
    std::uint64_t left_out = 0; ///< of `objects`, those not imported to their end
    std::vector<std::string> left_out_first; ///< keys of the first sixteen of them
};

/// The object that was reached is left out.
void note_left_out(listing_progress& of);

std::string encode_listing_progress(const listing_progress& what);
/// Errors: damaged_object; other_incarnation when it is the progress of an import from commits;
/// errc::unsupported_version.
result<listing_progress> decode_listing_progress(std::string_view bytes);

/// Whether an object is the shard's, by its key behind the prefix: the same for ever. What lies in
/// one folder `partition=N/` belongs to one shard.
bool in_shard(std::string_view name, listing_shard shard);
std::string to_string(listing_shard shard); ///< "2/5"
/// Whether an object lies in the folder `partition=N/` of one of these; none are named: it does.
bool in_partitions(std::string_view name, const std::vector<partition_pair>& named);

bool comes_before(const foreign_object& a, const foreign_object& b, listing_sort by);

/// What is to be done with a listing.
struct listing_plan {
    std::vector<foreign_object> objects; ///< to be imported, in order; the first may be half done
    std::vector<foreign_object> before;  ///< lie before the place reached
};

/// Errors: damaged_object when the object in which the import stopped is gone, or is another one.
result<void>
check_half_done(const std::vector<foreign_object>& listed, const listing_progress& reached);

/// `check_half_done` holds.
listing_plan plan_listing(std::vector<foreign_object> listed, const listing_progress& reached);

} // namespace sluice
