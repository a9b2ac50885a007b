// stream: the embedded log, a directory per stream. See docs/formats.md for what lies in it.
#pragma once

#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>
#include <sluice/stream/writer.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

namespace log {
class file_system;
}

struct log_create_options {
    std::uint32_t partitions = 1; ///< 1 … 4096
    std::string reserved_by;      ///< transfer that alone may write; empty: nobody in particular
    bool relaxed = false; ///< acknowledge before fdatasync; shown wherever the stream is shown
};

struct log_writer_options {
    std::string transfer; ///< must equal reserved_by when that is set
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    std::chrono::microseconds group_window{0}; ///< wait this long for company before fdatasync
};

struct log_partition_info {
    stream_bounds bounds;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0; ///< on disk
};

struct log_info {
    stream_description description;
    std::string reserved_by;
    std::string created; ///< RFC 3339
    std::uint64_t writer_epoch = 0;
    std::vector<log_partition_info> partitions;
};

/// What `verify` found; a problem names the file, the byte and the positions it costs.
struct log_verdict {
    std::uint64_t batches = 0, records = 0, events = 0, bytes = 0;
    std::vector<std::string> problems;
};

/// One directory of streams. Cheap to copy; holds no open file.
/// `blocking` runs fdatasync and other calls that may block; `on` is the strand of everything else.
class log_store {
  public:
    log_store(std::filesystem::path directory, any_io_executor on, any_io_executor blocking);

    /// Errors: stream_exists, errc::invalid_argument (name), disk_full, io_error.
    task<result<stream_description>> create(std::string name, const log_create_options& options);
    /// Errors: no_such_stream, damaged, errc::unsupported_version.
    task<result<std::unique_ptr<reader>>> open_reader(std::string name);
    /// Recovers the tail, raises the writer epoch. Errors: also locked (naming the pid), reserved.
    task<result<std::unique_ptr<writer>>>
    open_writer(std::string name, const log_writer_options& options);
    task<result<std::vector<std::string>>> list();
    task<result<log_info>> info(std::string name);
    /// Reads every byte of every segment and checks every CRC, footer and order.
    task<result<log_verdict>> verify(std::string name);
    /// Errors: locked while a writer or cursor has it open.
    task<result<void>> remove(std::string name);
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

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,199}`
bool is_stream_name(std::string_view name);

} // namespace sluice
