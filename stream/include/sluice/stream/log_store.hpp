// stream: the embedded log, a directory per stream. See docs/formats.md for what lies in it.
#pragma once

#include <sluice/base/task.hpp>
#include <sluice/stream/group_window.hpp>
#include <sluice/stream/log_retention.hpp>
#include <sluice/stream/reader.hpp>
#include <sluice/stream/stream_name.hpp>
#include <sluice/stream/writer.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sluice {

namespace log {
class file_system;
}

struct log_create_options {
    std::uint32_t partitions = 1; ///< 1 … 4096
    std::string codec = "none";   ///< or "zstd": how bodies are stored
    std::string reserved_by;      ///< transfer that alone may write; empty: nobody in particular
    bool on_network_disk = false; ///< trust the locks and syncs of a network file system
    log_retention retention;      ///< nothing set: everything stays
    bool relaxed = false; ///< acknowledge before fdatasync; shown wherever the stream is shown
    /// Of every writer that asks for none itself: wait so long for company before fdatasync. 0 to
    /// longest_group_window.
    std::chrono::microseconds group_window{0};
};

struct log_writer_options {
    std::string transfer; ///< must equal reserved_by when that is set
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    /// Wait so long for company before fdatasync, 0 to longest_group_window; not set: as the
    /// stream was created.
    std::optional<std::chrono::microseconds> group_window;
    /// Large appends are written past the page cache where the file system can (O_DIRECT): a third
    /// of the CPU time, for bulk that nobody is about to read.
    bool bypass_cache = false;
    /// A body_crc64 that comes with a batch is stored as it is, not compared first: for those who
    /// checked these very bytes a moment ago. A wrong one makes the batch unreadable.
    bool trusts_checksums = false;
};

struct log_partition_info {
    stream_bounds bounds;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0; ///< on disk
};

struct log_info {
    stream_description description;
    std::string reserved_by;
    log_retention retention;
    std::chrono::microseconds group_window{0};
    std::string created; ///< RFC 3339
    std::uint64_t writer_epoch = 0;
    std::vector<log_partition_info> partitions;
};

/// What `verify` looks at, and how fast.
struct log_verification {
    std::uint64_t bytes_per_second = 0; ///< at most; 0: as fast as it goes
    /// Nothing before it, in this and in earlier partitions, is read but headers: where a run
    /// before this one stopped. Not set: everything is checked.
    std::optional<position> from;
    std::stop_token stop; ///< asked: stops behind the batch that is being checked
};

/// What `verify` found; a problem names the file, the byte and the positions it costs.
struct log_verdict {
    std::uint64_t batches = 0, records = 0, events = 0, bytes = 0;
    /// Set where it was stopped before the end: everything before it has been looked at, and a run
    /// `from` there goes on.
    std::optional<position> stopped_at;
    std::vector<std::string> problems;
    std::vector<std::string> notes; ///< small files of which one value does not check: no problem
};

/// Damaged segments of a partition, and all before them: what the stream gives up so that it can go
/// on. Everything that is left checks.
struct log_loss {
    std::uint32_t partition = 0;
    position from, to; ///< nothing of this range is there any more
    std::string why;   ///< the damage
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> kept_as; ///< files that were set aside
    std::vector<std::string> passed;  ///< cursors that had not read all of it
};

/// What is to be removed from a stream. Without `before`, `keep.bytes` and `keep.age` the stream's
/// own rules hold; without `keep.max_lag` the stream's own.
struct log_trim_request {
    std::optional<std::int64_t> before;     ///< segments that lie wholly before this sequence
    std::optional<std::uint32_t> partition; ///< of `before`; not set: all
    log_retention keep;
    bool look_only = false; ///< nothing is removed
};

struct log_trimmed_partition {
    position first;             ///< where the partition begins afterwards
    std::uint64_t segments = 0; ///< removed
    std::uint64_t bytes = 0;
    std::vector<std::string> held_by; ///< cursors for whose sake no more was removed
    std::vector<std::string> passed;  ///< cursors that had not read all of it (`max_lag`)
};

/// A named cursor.
struct log_cursor_info {
    std::string name;
    bool in_use = false;
    struct place {
        std::optional<position> at;  ///< not set: nowhere yet, so it holds all there is
        std::uint64_t sequences = 0; ///< from there to the end; events, where none are left out
        std::uint64_t bytes = 0;     ///< that it keeps on disk: whole segments
    };
    std::vector<place> partitions;
};

/// One directory of streams. Cheap to copy; holds no open file.
/// `blocking` runs fdatasync and other calls that may block; `on` is the strand of everything else.
class log_store {
  public:
    log_store(std::filesystem::path directory, any_io_executor on, any_io_executor blocking);

    /// Errors: stream_exists, errc::invalid_argument (name, codec, a network disk), disk_full,
    /// io_error.
    task<result<stream_description>> create(std::string name, const log_create_options& options);
    /// Errors: no_such_stream, damaged, errc::unsupported_version.
    task<result<std::unique_ptr<reader>>> open_reader(std::string name);
    /// Recovers the tail, raises the writer epoch. Errors: also locked (naming the pid), reserved.
    task<result<std::unique_ptr<writer>>>
    open_writer(std::string name, const log_writer_options& options);
    task<result<std::vector<std::string>>> list();
    task<result<log_info>> info(std::string name);
    /// The last progress that the appends to each partition carried, as far as it is durable;
    /// empty: none did. Also while a writer is at work. Errors: no_such_stream, damaged.
    task<result<std::vector<std::string>>> progress(std::string name);
    /// Reads every byte of every segment and checks every CRC, footer and order. Errors:
    /// no_such_stream; out_of_range where `from` names no partition of the stream;
    /// errc::invalid_argument where it lies behind its end.
    task<result<log_verdict>> verify(std::string name, log_verification how = log_verification());
    /// Gives up what is damaged: segments that do not check, and those before them, are set aside
    /// under other names, and where the last one is among them, the partition goes on in a new one,
    /// behind all that was ever acknowledged, so that no sequence is used twice. Killed at any
    /// moment it can be run again. Nothing is done where nothing is damaged, or with `look_only`.
    /// Errors: locked; reserved; damaged where nothing tells how far the partition went.
    task<result<std::vector<log_loss>>> give_up_damaged(std::string name, bool look_only);
    /// Removes the oldest segments, also while a writer and readers are at work. What a cursor
    /// still needs stays. Errors: errc::invalid_argument (nothing asked for), io_error.
    task<result<std::vector<log_trimmed_partition>>>
    trim(std::string name, const log_trim_request& request);
    task<result<std::vector<log_cursor_info>>> cursors(std::string name);
    /// It no longer holds anything back. Errors: locked while it is in use; no_such_cursor.
    task<result<void>> remove_cursor(std::string name, std::string cursor);
    /// Errors: locked while a writer or cursor has it open.
    task<result<void>> remove(std::string name);
    /// From now on only writers that name this transfer may open the stream. Errors: reserved by
    /// another one; locked while a writer has it open.
    task<result<void>> reserve(std::string name, std::string transfer);
    /// Ends a reservation: any writer may open the stream afterwards.
    task<result<void>> release(std::string name);

    /// With another file system than the machine's own (tests that make it fail).
    log_store(
        std::filesystem::path directory,
        any_io_executor on,
        any_io_executor blocking,
        log::file_system& files
    );

  private:
    std::filesystem::path directory_;
    any_io_executor on_;
    any_io_executor blocking_;
    log::file_system* files_;
};

} // namespace sluice
