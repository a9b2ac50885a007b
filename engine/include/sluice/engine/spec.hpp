// engine: what a transfer is asked to do.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/engine/partition_map.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/engine/told_once.hpp>
#include <sluice/s3/rate_table.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// How to reach S3, where a destination's own address does not say otherwise.
struct s3_options {
    std::string endpoint_url, region, profile, ca_bundle;
    bool verify_ssl = true;
    bool sign_requests = true;
    std::string path_style = "auto";           ///< auto, always, never
    std::string sign_payload = "auto";         ///< auto, always, never
    std::string checksum = "auto";             ///< auto, crc64nvme, crc32c, none
    std::optional<double> requests_per_second; ///< to each destination at most; none: as it takes
    s3::rate_table requests_by_time;           ///< counts instead, unless it is empty
    /// How much of the rates, these and an address's own, this client may use: where several serve
    /// one transfer.
    double share_of_rates = 1;
    /// Warnings about what is written here and in the files that it leads to: once for all copies.
    std::shared_ptr<told_once> told = std::make_shared<told_once>();
};

/// What becomes of an open upload when a transfer pauses.
enum class on_pause {
    automatic = 0, ///< `seal` where the stream's retention removes events, else `keep`
    keep,          ///< it waits; a rule of the bucket may abort it meanwhile
    seal,          ///< the object ends with what is complete, and is published
    abort,         ///< it is aborted; the object begins anew
};

struct transfer_rules {
    /// Part uploads or range GETs at once, per destination; 0: automatic. Towards an endpoint where
    /// transfers of one engine meet, all of them together: as many as the one that may most.
    unsigned concurrency = 0;
    std::uint64_t memory = 256 << 20; ///< bytes of buffers, all together
    /// Its share of what the engine's transfers want at once; among those of its priority.
    unsigned weight = 1;
    int priority = 0; ///< a higher one goes first wherever both want something
    /// Of bodies, all destinations together; none: no limit.
    std::optional<double> bytes_per_second;
    s3::rate_table bytes_by_time;                 ///< counts instead, unless it is empty
    std::chrono::milliseconds retry_for{900'000}; ///< how long to go on without any success
    std::chrono::milliseconds drain{2'000};       ///< how long a pause waits for running steps
    on_pause pausing = on_pause::automatic;       ///< of exports
    std::uint64_t max_events = 0;              ///< pauses when so many were committed; 0: no limit
    std::uint64_t max_bytes = 0;               ///< pauses when so many were moved; 0: no limit
    std::chrono::milliseconds max_duration{0}; ///< pauses after so long; 0: no limit
    bool skip_bad = false;      ///< an import goes on behind what is damaged or gone, and tells it
    bool fail_if_empty = false; ///< ends with nothing_to_do when nothing was moved
};

struct export_spec {
    std::string name;            ///< empty: derived
    std::string known_as;        ///< its row in the journal; empty: the name
    std::string from;            ///< stream address
    std::vector<std::string> to; ///< bucket addresses
    std::string format = "avro";
    std::string codec = "source"; ///< "source": in which the stream stores its bodies
    std::uint64_t object_bytes = std::uint64_t{256} << 20;
    std::uint64_t object_events = 0;         ///< an object ends at about so many; 0: no limit
    std::chrono::milliseconds object_age{0}; ///< running time after which it ends; 0: no limit
    bool follow = false;                     ///< goes on as events come, up to `end` if it has one
    std::uint64_t part_size = 0; ///< 0: automatic (16 MiB, more when 10,000 parts would not do)
    places start;                ///< an address may have its own
    places end;                  ///< `saved`: what the stream has when the export begins
    bool accept_gaps = false;    ///< what is left out or lost is recorded, and the export goes on
    bool take_over = false;
    bool new_generation = false; ///< a re-created stream goes to a folder of its own: name~short
    bool resume = true;          ///< clears a stored wish to pause
    /// Nothing is exported: destinations and lanes that are wanted to end (stopped, cancelled,
    /// removed) are ended. What is known of the transfer stays.
    bool ends_only = false;
    std::string command; ///< the line that continues it, for people
    /// By address as given in `to`: its endpoint (a URL) where neither it nor `s3` names one; what
    /// is not here is found in the environment. What the journal remembers of a run.
    std::map<std::string, std::string> endpoints;
    s3_options s3;
    transfer_rules rules;
};

/// In which order objects are imported that no commit names.
enum class listing_sort { key = 1, modified };

/// A part of a listing's objects: those of which the CRC64NVME of the key behind the prefix, modulo
/// `of`, is `number` - 1. Of an import from commits, a part of the partitions: those whose number
/// modulo `of` is that.
struct listing_shard {
    std::uint64_t number = 0; ///< from 1 on
    std::uint64_t of = 0;     ///< 0: all objects
    friend bool operator==(const listing_shard&, const listing_shard&) = default;
};

/// Of an import by listing. Empty: each object tells, by its key and first bytes.
struct listing_options {
    std::string format; ///< avro, ndjson, lines, delimited, raw
    std::string codec;  ///< none, gzip, zstd
    listing_sort sort = listing_sort::key;
    listing_shard shard;
    /// What lies in a folder `partition=N/` goes to a partition of its own: to N, or to where
    /// import_spec::partitions sends it. Else all goes into one.
    bool keep_partitions = false;
};

struct import_spec {
    std::string name;
    std::string known_as; ///< as of an export
    std::string from;     ///< bucket address of the folder or its parent
    std::string to;       ///< stream address
    std::uint64_t event_bytes = std::uint64_t{1} << 20; ///< of events cut from `raw`, at most 1 MiB
    std::optional<listing_options> listing; ///< set: whatever lies below the prefix, by listing
    places start;                           ///< of a new import from commits
    places end;                             ///< `saved`, `latest`: what is committed now
    /// Empty: all, or those of the shard. By listing: of what lies in folders `partition=N/`.
    std::vector<partition_pair> partitions;
    listing_shard shard;                    ///< of an import from commits
    bool follow = false;                    ///< goes on as more comes, up to `end` if it has one
    std::chrono::milliseconds poll{10'000}; ///< how often it looks whether more has come
    bool resume = true;
    std::string command;
    std::string endpoint; ///< as export_spec::endpoints, of `from`; empty: the environment tells
    s3_options s3;
    transfer_rules rules;
};

struct repair_spec {
    std::string name;          ///< of the export that is mended; empty: derived
    std::string prefix;        ///< bucket address of the folder or its parent
    std::string from;          ///< stream address
    bool expired = false;      ///< objects that are missing were removed on purpose: record it
    bool undo_expired = false; ///< what was recorded so is exported again
    bool state_only = false; ///< only claims, so that the state file knows where the export stands
    bool take_over = false;
    std::string command;
    s3_options s3;
    transfer_rules rules;
};

} // namespace sluice
