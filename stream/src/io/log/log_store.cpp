// stream: the directory of streams.
#include "../../core/log_bytes.hpp"
#include "data_directory.hpp"
#include "log_mend.hpp"
#include "log_progress.hpp"
#include "log_reader.hpp"
#include "log_trim_run.hpp"
#include "log_verify.hpp"
#include "log_writer.hpp"
#include "slot_file.hpp"
#include "stream_lookup.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

using log::bad_name;
using log::find_stream;
using log::names_in;
using log::path;
using log::stream_failure;
using log::stream_place;

std::string creation_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return format_timestamp(micros).value_or("");
}

/// By temporary file, sync, rename, sync of the directory: the old or the new one is there at any
/// moment.
result<void> write_meta(const stream_place& at) {
    const path fresh = at.directory / "meta.json.new";
    const std::string text = log::encode(at.about);
    auto opened = at.files->open(fresh, log::open_mode::create);
    if (!opened) return opened.error();
    const bytes_view pieces[] = {as_bytes(text)};
    auto written = (*opened)->cut(0);
    if (written) written = (*opened)->write(0, pieces);
    if (written) written = (*opened)->sync();
    if (written) written = (*opened)->close();
    if (!written) return written;
    auto renamed = at.files->rename(fresh, at.meta_file());
    if (!renamed) return renamed;
    return at.files->sync_directory(at.directory);
}

failure exists_already(const path& directory, const std::string& name) {
    return stream_failure(
        stream_errc::stream_exists, "stream " + name + ": exists already in " + directory.string()
    );
}

result<void> check_options(const std::string& name, const log_create_options& options) {
    if (!is_stream_name(name)) return bad_name(name);
    if (options.partitions < 1 || options.partitions > 4096)
        return stream_failure(
            errc::invalid_argument,
            "partitions: must be 1 to 4096, not " + std::to_string(options.partitions)
        );
    if (options.codec != "none" && options.codec != "zstd")
        return stream_failure(
            errc::invalid_argument, "codec " + options.codec + ": a stream has none or zstd"
        );
    return log::check_group_window(options.group_window);
}

result<stream_description> create_stream(
    log::file_system& files,
    const path& directory,
    const std::string& name,
    const log_create_options& options
) {
    auto possible = check_options(name, options);
    if (!possible) return possible.error();
    std::error_code failed;
    stream_place at;
    at.files = &files;
    at.directory = directory / name;
    auto made = log::make_data_directory(files, directory);
    if (made && !options.on_network_disk)
        made = log::check_disk(files, directory, "use a local disk, or say --on-network-disk");
    if (made) made = files.make_directory(at.directory);
    if (!made) return made.error();
    if (std::filesystem::exists(at.meta_file(), failed)) return exists_already(directory, name);
    at.about.name = name;
    at.about.incarnation = hex(random_bytes(16));
    at.about.partitions = options.partitions;
    at.about.codec = options.codec;
    at.about.durability = options.relaxed ? "relaxed" : "fdatasync";
    at.about.retention = options.retention;
    at.about.reserved_by = options.reserved_by;
    at.about.group_window = options.group_window;
    at.about.on_network_disk = options.on_network_disk;
    at.about.created = creation_time();
    // Of two that create it at once, one comes second.
    auto lock = log::take_stream_lock(at);
    if (!lock) return lock.error();
    if (std::filesystem::exists(at.meta_file(), failed)) return exists_already(directory, name);
    made = files.make_directory(at.cursors());
    for (std::uint32_t n = 0; n < options.partitions && made; ++n)
        made = files.make_directory(at.partition(n));
    // The stream exists from the moment its meta.json does; then its own name is durable already.
    if (made) made = files.sync_directory(directory);
    if (made) made = write_meta(at);
    if (!made) return made.error();
    return log::describe(at.about);
}

result<std::uint64_t>
bytes_on_disk(const stream_place& at, std::uint32_t partition, std::uint64_t& segments) {
    auto listed = log::list_segments(at, partition);
    if (!listed) return listed.error();
    std::uint64_t bytes = 0;
    for (const log::segment_place& each : *listed) {
        std::error_code failed;
        const auto size = std::filesystem::file_size(at.segment(partition, each), failed);
        if (!failed) bytes += size; // else it has just been removed
    }
    segments = listed->size();
    return bytes;
}

std::uint64_t stored_epoch(const stream_place& at) {
    constexpr std::size_t payload = 8;
    const auto bytes = log::read_small(*at.files, at.epoch_file());
    if (!bytes) return 0;
    const auto slot = log::newest_slot(*bytes, payload);
    return slot ? log::get<std::uint64_t>(slot->payload, 0) : 0;
}

/// Moved aside first: a half-removed stream is never taken for a stream.
result<void> remove_stream(const stream_place& at) {
    auto lock = log::take_stream_lock(at);
    if (!lock) return lock.error();
    auto no_new_ones = log::lock_cursors(at);
    if (!no_new_ones) return no_new_ones.error();
    auto cursors = log::list_cursors(at);
    if (!cursors) return cursors.error();
    const auto used = std::ranges::find(*cursors, true, &log::named_cursor::in_use);
    if (used != cursors->end())
        return stream_failure(
            stream_errc::locked, "stream " + at.about.name + ": cursor " + used->name + " is in use"
        );
    const path aside =
        at.directory.parent_path() / ("." + at.about.name + "-" + at.about.incarnation);
    auto moved = at.files->rename(at.directory, aside);
    if (!moved) return moved;
    std::error_code failed;
    std::filesystem::remove_all(aside, failed);
    if (failed) return stream_failure(errc::io_error, aside.string() + ": " + failed.message());
    return at.files->sync_directory(at.directory.parent_path());
}

} // namespace

log_store::log_store(std::filesystem::path directory, any_io_executor on, any_io_executor blocking)
    : log_store(std::move(directory), std::move(on), std::move(blocking), log::real_files()) {}

log_store::log_store(
    std::filesystem::path directory,
    any_io_executor on,
    any_io_executor blocking,
    log::file_system& files
)
    : directory_(std::move(directory)),
      on_(std::move(on)),
      blocking_(std::move(blocking)),
      files_(&files) {}

task<result<stream_description>>
log_store::create(std::string name, const log_create_options& options) {
    co_return create_stream(*files_, directory_, name, options);
}

task<result<std::unique_ptr<reader>>> log_store::open_reader(std::string name) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    co_return log::make_reader(std::move(*at), blocking_);
}

task<result<std::unique_ptr<writer>>>
log_store::open_writer(std::string name, const log_writer_options& options) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto open = [this, &at, &options] {
        return log::open_writer(std::move(*at), options, on_, blocking_);
    };
    auto opened = co_await run_blocking(blocking_, open);
    co_return opened;
}

task<result<std::vector<std::string>>> log_store::list() {
    co_return names_in(directory_);
}

task<result<log_info>> log_store::info(std::string name) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    log_info info;
    info.description = log::describe(at->about);
    info.reserved_by = at->about.reserved_by;
    info.retention = at->about.retention;
    info.group_window = at->about.group_window;
    info.created = at->about.created;
    info.writer_epoch = stored_epoch(*at);
    const auto reading = log::make_reader(*at, blocking_);
    for (std::uint32_t n = 0; n < at->about.partitions; ++n) {
        log_partition_info partition;
        auto bounds = co_await reading->bounds(n);
        if (!bounds) co_return bounds.error();
        partition.bounds = *bounds;
        auto bytes = bytes_on_disk(*at, n, partition.segments);
        if (!bytes) co_return bytes.error();
        partition.bytes = *bytes;
        info.partitions.push_back(partition);
    }
    co_return info;
}

task<result<std::vector<std::string>>> log_store::progress(std::string name) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto read = [&at]() -> result<std::vector<std::string>> {
        const log::seed with = log::seed_of(at->about.incarnation);
        std::vector<std::string> all;
        for (std::uint32_t n = 0; n < at->about.partitions; ++n) {
            auto one = log::last_progress(*at, n, with);
            if (!one) return one.error();
            all.push_back(std::move(*one));
        }
        return all;
    };
    auto all = co_await run_blocking(blocking_, read);
    co_return all;
}

task<result<log_verdict>> log_store::verify(std::string name, log_verification how) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    if (how.from && how.from->partition >= at->about.partitions)
        co_return log::no_partition(at->about, how.from->partition);
    auto check = [&at, &how] { return log::verify_stream(*at, how); };
    auto verdict = co_await run_blocking(blocking_, check);
    co_return verdict;
}

task<result<std::vector<log_loss>>> log_store::give_up_damaged(std::string name, bool look_only) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto mend = [&at, look_only] { return log::give_up_damaged(*at, look_only); };
    auto losses = co_await run_blocking(blocking_, mend);
    co_return losses;
}

task<result<void>> log_store::remove(std::string name) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    co_return remove_stream(*at);
}

task<result<void>> log_store::reserve(std::string name, std::string transfer) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto lock = log::take_stream_lock(*at);
    if (!lock) co_return lock.error();
    const std::string& before = at->about.reserved_by;
    if (!before.empty() && before != transfer)
        co_return log::stream_failure(
            stream_errc::reserved, "stream " + name + ": is reserved by transfer " + before
        );
    at->about.reserved_by = std::move(transfer);
    co_return write_meta(*at);
}

task<result<void>> log_store::release(std::string name) {
    auto at = find_stream(*files_, directory_, name);
    if (!at) co_return at.error();
    auto lock = log::take_stream_lock(*at);
    if (!lock) co_return lock.error();
    at->about.reserved_by.clear();
    co_return write_meta(*at);
}

} // namespace sluice
