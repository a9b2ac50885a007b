// engine: the journal of transfers, one SQLite file (WAL, synchronous=FULL). A journal and a cache:
// losing it costs time and at most stray objects, never an event.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/position.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What a person asked for, and what is.
struct transfer_row {
    std::string name;
    std::string kind;     ///< "export", "import"
    std::string source;   ///< address without secrets
    std::string targets;  ///< addresses without secrets, separated by one space
    std::string command;  ///< the command line that continues it
    std::string desired;  ///< "running", "paused", "stopped", "cancelled"
    std::string observed; ///< states of interface.md
    std::string holder;   ///< "pid 123 on host", empty when nobody runs it
    std::string last_error;
    std::string progress;     ///< JSON of the last progress, as `transfer show --json` gives it
    std::int64_t updated = 0; ///< µs since 1970 UTC
    /// Of the store that an import reads, as it was opened last: scheme://host:port. Empty: of an
    /// export, or not opened yet, or a host's own store.
    std::string url;
    /// µs since 1970 UTC: when a rule of a bucket will abort the first of the open uploads; nullopt
    /// where there is none, or the store does not tell. Computed: not stored by put_transfer.
    std::optional<std::int64_t> safe_until;
};

/// What is wanted of one lane, and what is.
struct lane_wish_row {
    std::uint32_t partition = 0;
    std::string desired = "running"; ///< "running", "paused", "stopped", "cancelled"
    std::string observed;            ///< states of interface.md; empty: it never ran
};

/// One destination of an export, or the place that an import comes from. A wish stands until it is
/// taken back, also when the transfer's command is given again.
struct destination_row {
    std::int64_t id = 0;             ///< given by the store
    std::string target;              ///< s3://bucket/prefix
    std::string endpoint;            ///< host:port; empty: nobody has opened it yet
    std::string url;                 ///< of that: scheme://host:port; empty: a host's own store
    std::string address;             ///< as given, with its own options
    std::string claim;               ///< of an export: the transfer that its claims there name
    std::string cursor;              ///< of an export: its cursor of the stream
    bool added = false;              ///< not by the transfer's command
    std::string desired = "running"; ///< as of a lane, or "removed"
    std::string observed = "pending";
    std::string last_error;
    std::vector<lane_wish_row> lanes; ///< ascending; those that ever had a wish or a state
};

/// Names a lane: one partition of a transfer towards one folder of one bucket.
struct lane_key {
    std::string transfer;
    std::string bucket;
    std::string folder;
    std::string endpoint; ///< host:port; two stores may have buckets of one name
    std::uint32_t partition = 0;
};

/// What a lane knows of its own claim and of the tail it last saw.
struct lane_row {
    std::string claim_token; ///< empty: no claim of ours
    std::uint64_t claim_number = 0;
    bool claimed = false;          ///< the claim's PUT has succeeded
    std::uint64_t next_commit = 0; ///< number of the commit to be written next
    position next;                 ///< committed so far
    std::uint64_t fingerprint = 0;
};

/// One attempt at one object, journaled before any request.
struct plan_row {
    std::int64_t id = 0; ///< given by the store
    std::string key;     ///< relative to the folder
    std::string token;
    std::uint64_t epoch = 0;
    position first;
    std::uint64_t part_size = 0;
    std::uint64_t object_bytes = 0; ///< target
    std::string format;
    std::string codec;
    std::string encoder;
    std::string upload_id;             ///< empty: not created (or a single PUT)
    std::optional<position> sealed_at; ///< the object's end, decided before Complete
    bool completed = false;            ///< the object exists at its key
    std::string commit_bytes;          ///< the commit document, journaled before it is sent
    std::uint64_t object_events = 0;   ///< the object ends with the block that reaches it; 0: none
    std::chrono::milliseconds ran{0};  ///< running time since the object's first byte
    std::optional<std::int64_t> abort_at; ///< µs: when a rule of the bucket will abort the upload
};

/// One part the server has acknowledged, and where the object stands behind it.
struct part_row {
    unsigned number = 1;
    std::uint64_t size = 0;
    std::string etag;
    std::uint64_t crc64nvme = 0;
    position block; ///< the block in which the part ends (or which begins behind it)
    std::uint64_t offset_in_block =
        0; ///< encoded bytes of that block inside this part and those before
    std::uint64_t block_prefix_crc64 = 0; ///< CRC of these bytes
    std::uint64_t object_crc64 = 0;       ///< of the object so far
    std::uint64_t object_bytes = 0;       ///< so far
};

/// Thread-safe; every call may block on the disk: call through run_blocking. Each modifying call is
/// one durable transaction. Errors: engine_errc::state_unusable, errc::disk_full, errc::io_error.
class state_store {
  public:
    /// Creates directory and file (0700, 0600) when missing.
    static result<std::unique_ptr<state_store>> open(const std::string& file);
    virtual ~state_store() = default;

    virtual result<std::vector<transfer_row>> transfers() = 0;
    virtual result<std::optional<transfer_row>> find_transfer(const std::string& name) = 0;
    /// Inserts or replaces all but `desired`, which an existing row keeps.
    virtual result<void> put_transfer(const transfer_row& row) = 0;
    /// Errors: errc::not_found, naming the nearest known transfer.
    virtual result<void> set_desired(const std::string& name, const std::string& desired) = 0;
    virtual result<void> set_observed(
        const std::string& name,
        const std::string& observed,
        const std::string& progress_json,
        const std::string& error
    ) = 0;
    virtual result<void> remove_transfer(const std::string& name) = 0;

    /// In the order in which they became part of the transfer.
    virtual result<std::vector<destination_row>> destinations(const std::string& transfer) = 0;
    /// Inserts, or, of the one that has the row's id (0: it is new), replaces what it is. What is
    /// wanted of it and seen stays: another process may have changed that since the row was read.
    /// Returns its id.
    virtual result<std::int64_t>
    put_destination(const std::string& transfer, const destination_row& row) = 0;
    /// It is one of the transfer no more, and nothing is remembered of it.
    virtual result<void> forget_destination(std::int64_t id) = 0;
    /// What is wanted of a destination, or of one partition towards it.
    virtual result<void> set_desired(
        std::int64_t destination, std::optional<std::uint32_t> partition, const std::string& desired
    ) = 0;
    /// Of these destinations and lanes what a run finds: endpoint, url, claim, cursor, observed,
    /// last_error; one transaction.
    virtual result<void> set_observed(const std::vector<destination_row>& rows) = 0;
    /// Changes whenever another connection has committed (SQLite's data_version).
    virtual result<std::int64_t> data_version() = 0;

    /// Held until destroyed; the kernel frees it when the process dies. Errors:
    /// engine_errc::run_by_other, naming the holder.
    class run_lock {
      public:
        virtual ~run_lock() = default;
    };
    virtual result<std::unique_ptr<run_lock>> lock_transfer(const std::string& name) = 0;
    /// Whether a process runs the transfer; whoever starts just now is not disturbed by the look.
    virtual result<bool> is_locked(const std::string& name) = 0;

    virtual result<std::optional<lane_row>> find_lane(const lane_key& lane) = 0;
    virtual result<void> put_lane(const lane_key& lane, const lane_row& row) = 0;

    virtual result<std::vector<plan_row>> plans(const lane_key& lane) = 0; ///< ascending by id
    virtual result<std::int64_t> add_plan(const lane_key& lane, const plan_row& plan) = 0;
    virtual result<void> update_plan(const plan_row& plan) = 0;         ///< by id
    virtual result<void> drop_plan(std::int64_t id) = 0;                ///< with its parts
    virtual result<std::vector<part_row>> parts(std::int64_t plan) = 0; ///< ascending by number
    virtual result<void> put_part(std::int64_t plan, const part_row& part) = 0;
    /// The same for a part that the server has acknowledged. What this process does next sees it;
    /// a power failure before the next durable row may lose it, and the part is then sent again.
    virtual result<void> note_part(std::int64_t plan, const part_row& part) = 0;
    /// One transaction: the plan is gone, the lane stands where the commit says.
    virtual result<void>
    committed(const lane_key& lane, const lane_row& row, std::int64_t plan) = 0;
};

} // namespace sluice
