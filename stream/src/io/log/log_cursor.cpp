// stream: named cursors: what a reader no longer needs, kept beside the log.
#include "cursor_files.hpp"
#include "log_reader.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <mutex>
#include <vector>

namespace sluice::log {

namespace {

class log_cursor final : public cursor {
  public:
    log_cursor(slot_file at, cursor_places places, any_io_executor blocking)
        : file_(std::move(at)),
          note_(file_.note()),
          places_(std::move(places)),
          blocking_(std::move(blocking)) {}

    std::string note() const override { return note_; }

    std::optional<position> at(std::uint32_t partition) const override {
        return partition < places_.size() ? places_[partition] : std::nullopt;
    }
    task<result<void>> move(position to) override {
        if (to.partition >= places_.size())
            co_return stream_failure(
                stream_errc::out_of_range,
                "a cursor of " + std::to_string(places_.size()) + " partitions"
            );
        places_[to.partition] = to;
        const std::uint64_t number = ++moves_;
        const byte_vector payload = encode_places(places_);
        auto keep = [this, &payload, number]() -> result<void> {
            const std::lock_guard<std::mutex> hold(writing_);
            // A later move that was faster holds this one's place, too.
            if (number < kept_) return result<void>();
            auto stored = file_.store(payload);
            if (stored) stored = file_.underlying().sync();
            if (stored) kept_ = number;
            return stored;
        };
        auto kept = co_await run_blocking(blocking_, keep);
        co_return kept;
    }

  private:
    slot_file file_; ///< holds the lock while it is open
    std::string note_;
    cursor_places places_;
    any_io_executor blocking_;
    std::uint64_t moves_ = 0;
    std::mutex writing_;     ///< moves of several partitions may run at once
    std::uint64_t kept_ = 0; ///< the latest move on disk
};

} // namespace

result<std::unique_ptr<cursor>>
open_cursor(const stream_place& at, const std::string& name, any_io_executor blocking) {
    if (!is_stream_name(name))
        return stream_failure(errc::invalid_argument, "cursor \"" + name + "\": not a name");
    auto folder = at.files->make_directory(at.cursors());
    if (!folder) return folder.error();
    auto lock = lock_cursors(at); // retention looks at all there are
    if (!lock) return lock.error();
    auto opened = at.files->open(at.cursors() / name, open_mode::create);
    if (!opened) return opened.error();
    auto locked = (*opened)->try_lock();
    if (!locked) return locked.error();
    if (!*locked)
        return stream_failure(
            stream_errc::locked,
            "stream " + at.about.name + ": cursor " + name + " is in use by another process"
        );
    slot_file file(std::move(*opened), places_size(at.about.partitions));
    auto stored = file.load();
    if (!stored) return stored.error();
    if (!*stored) {
        auto synced = at.files->sync_directory(at.cursors()); // a new file's name, too, must last
        if (synced) synced = at.files->sync_directory(at.directory); // and that of its folder
        if (!synced) return synced.error();
    }
    cursor_places places(at.about.partitions);
    if (*stored) places = decode_places(**stored, at.about.partitions);
    return std::unique_ptr<cursor>(
        std::make_unique<log_cursor>(std::move(file), std::move(places), std::move(blocking))
    );
}

} // namespace sluice::log
