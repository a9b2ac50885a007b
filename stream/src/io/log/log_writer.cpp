// stream: writing the embedded log.
#include "log_writer.hpp"

#include "../../core/log_bytes.hpp"
#include "data_directory.hpp"
#include "log_reader.hpp"
#include "log_trim_run.hpp"
#include "partition_appender.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <unistd.h>

namespace sluice::log {

namespace {

constexpr std::size_t epoch_payload = 8;

class log_writer final : public writer {
  public:
    log_writer(stream_place at, std::unique_ptr<file> lock)
        : at_(std::move(at)),
          lock_(std::move(lock)),
          with_(seed_of(at_.about.incarnation)),
          about_(log::describe(at_.about)) {}

    result<void>
    open(const log_writer_options& options, any_io_executor on, any_io_executor blocking);

    const stream_description& description() const override { return about_; }
    partition_tail tail(std::uint32_t partition) const override {
        return partitions_[partition]->tail();
    }
    std::vector<std::string> notes() const override { return notes_; }
    task<result<void>>
    append(std::uint32_t partition, std::span<const append_step> steps) override {
        if (partition >= partitions_.size()) co_return log::no_partition(at_.about, partition);
        auto appended = co_await partitions_[partition]->append(steps);
        co_return appended;
    }
    std::optional<frame_shape> frames() const override {
        if (partitions_.empty()) return std::nullopt;
        return partitions_.front()->frames();
    }
    task<result<void>> abandon_open_event(std::uint32_t partition) override {
        if (partition >= partitions_.size()) co_return log::no_partition(at_.about, partition);
        auto abandoned = co_await partitions_[partition]->abandon();
        co_return abandoned;
    }
    /// They are files of their own, and share nothing that changes.
    bool hand_over(std::uint32_t partition, any_io_executor there) override {
        partitions_[partition]->move_to(std::move(there));
        return true;
    }
    task<result<void>> close() override {
        result<void> all;
        for (auto& each : partitions_) {
            auto settled = co_await each->settle();
            if (!settled && all) all = settled;
        }
        lock_.reset();
        co_return all;
    }

  private:
    result<std::uint64_t> raise_epoch(std::uint64_t above);

    stream_place at_;
    std::unique_ptr<file> lock_;
    seed with_;
    stream_description about_;
    std::vector<std::unique_ptr<partition_appender>> partitions_;
    std::vector<std::string> notes_;
};

/// Durably. Also above what batches tell, should the file be lost.
result<std::uint64_t> log_writer::raise_epoch(std::uint64_t above) {
    auto opened = at_.files->open(at_.epoch_file(), open_mode::create);
    if (!opened) return opened.error();
    slot_file file(std::move(*opened), epoch_payload);
    auto stored = file.load();
    if (!stored) return stored.error();
    if (!file.note().empty()) notes_.push_back(file.note());
    // Its own name and that of meta.json: who created the stream may have died before that sync.
    if (!*stored) {
        auto synced = at_.files->sync_directory(at_.directory);
        if (!synced) return synced.error();
    }
    if (*stored) above = std::max(above, get<std::uint64_t>(**stored, 0));
    const std::uint64_t epoch = above + 1;
    byte_vector payload(epoch_payload);
    put(payload, 0, epoch);
    auto kept = file.store(payload);
    if (kept) kept = file.underlying().sync();
    if (kept) kept = file.underlying().close();
    if (!kept) return kept.error();
    return epoch;
}

result<void>
log_writer::open(const log_writer_options& options, any_io_executor on, any_io_executor blocking) {
    std::uint64_t seen = 0;
    auto no_trimming = lock_cursors(at_); // no segment goes while they are walked through
    if (!no_trimming) return no_trimming.error();
    for (std::uint32_t n = 0; n < about_.partitions; ++n) {
        partitions_.push_back(
            std::make_unique<partition_appender>(at_, n, with_, options, on, blocking)
        );
        auto opened = partitions_.back()->open();
        if (!opened) return opened.error();
        seen = std::max(seen, partitions_.back()->epoch_seen());
        for (std::string& each : partitions_.back()->notes())
            notes_.push_back(std::move(each));
    }
    no_trimming->reset();
    // Writing does not depend on it; `sluice stream trim` tells what cannot be removed.
    for (std::uint32_t n = 0; n < about_.partitions; ++n)
        static_cast<void>(apply_retention(at_, n));
    auto epoch = raise_epoch(seen);
    if (!epoch) return epoch.error();
    for (auto& each : partitions_)
        each->begin(*epoch);
    return result<void>();
}

std::string holder_of_lock(file& lock) {
    byte_vector text(64);
    const auto read = lock.read(0, text);
    if (!read || *read == 0) return "another process";
    return "pid " + std::string(as_text(bytes_view(text).first(*read)));
}

} // namespace

result<std::unique_ptr<file>> take_stream_lock(const stream_place& at) {
    auto opened = at.files->open(at.lock_file(), open_mode::create);
    if (!opened) return opened.error();
    auto locked = (*opened)->try_lock();
    if (!locked) return locked.error();
    if (!*locked) {
        return stream_failure(
            stream_errc::locked,
            "stream " + at.about.name + ": is being written by " + holder_of_lock(**opened) +
                "; one writer at a time: wait for it, or end it"
        );
    }
    const std::string pid = std::to_string(::getpid());
    auto emptied = (*opened)->cut(0);
    if (!emptied) return emptied.error();
    const bytes_view pieces[] = {as_bytes(pid)};
    auto written = (*opened)->write(0, pieces);
    if (!written) return written.error();
    return std::move(*opened);
}

result<void> check_group_window(std::chrono::microseconds asked) {
    if (asked.count() >= 0 && asked <= longest_group_window) return result<void>();
    return stream_failure(
        errc::invalid_argument,
        "group window of " + std::to_string(asked.count()) + " µs: must be 0 to 10 ms"
    );
}

result<std::unique_ptr<writer>> open_writer(
    stream_place at, const log_writer_options& options, any_io_executor on, any_io_executor blocking
) {
    if (options.group_window) {
        auto possible = check_group_window(*options.group_window);
        if (!possible) return possible.error();
    }
    if (!at.about.reserved_by.empty() && at.about.reserved_by != options.transfer) {
        return stream_failure(
            stream_errc::reserved,
            "stream " + at.about.name + ": is reserved by transfer " + at.about.reserved_by +
                "; end that with `sluice stream release " + at.about.name + "`"
        );
    }
    if (!at.about.on_network_disk) { // it may have been moved there
        const std::string way_out =
            "move it to a local disk, or, to trust this one, put \"on_network_disk\":true into " +
            at.meta_file().string();
        auto local = check_disk(*at.files, at.directory, way_out);
        if (!local) return local.error();
    }
    auto lock = take_stream_lock(at);
    if (!lock) return lock.error();
    auto made = std::make_unique<log_writer>(std::move(at), std::move(*lock));
    auto opened = made->open(options, std::move(on), std::move(blocking));
    if (!opened) return opened.error();
    return std::unique_ptr<writer>(std::move(made));
}

} // namespace sluice::log
