// stream: named cursors: what a reader no longer needs, kept beside the log.
#include "../../core/log_bytes.hpp"
#include "log_reader.hpp"
#include "slot_file.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <mutex>
#include <vector>

namespace sluice::log {

namespace {

constexpr std::int64_t nowhere = -1;
constexpr std::size_t place_bytes = 16; // sequence and offset

class log_cursor final : public cursor {
  public:
    log_cursor(slot_file at, std::vector<position> places, any_io_executor blocking)
        : file_(std::move(at)), places_(std::move(places)), blocking_(std::move(blocking)) {}

    std::optional<position> at(std::uint32_t partition) const override {
        if (partition >= places_.size() || places_[partition].sequence == nowhere)
            return std::nullopt;
        return places_[partition];
    }
    task<result<void>> move(position to) override {
        if (to.partition >= places_.size())
            co_return stream_failure(
                stream_errc::out_of_range,
                "a cursor of " + std::to_string(places_.size()) + " partitions"
            );
        places_[to.partition] = to;
        const std::uint64_t number = ++moves_;
        byte_vector payload(places_.size() * place_bytes);
        for (std::size_t n = 0; n < places_.size(); ++n) {
            put(payload, n * place_bytes, places_[n].sequence);
            put(payload, n * place_bytes + 8, places_[n].offset);
        }
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
    std::vector<position> places_;
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
    auto opened = at.files->open(at.cursors() / name, open_mode::create);
    if (!opened) return opened.error();
    auto locked = (*opened)->try_lock();
    if (!locked) return locked.error();
    if (!*locked)
        return stream_failure(
            stream_errc::locked,
            "stream " + at.about.name + ": cursor " + name + " is in use by another process"
        );
    slot_file file(std::move(*opened), at.about.partitions * place_bytes);
    auto stored = file.load();
    if (!stored) return stored.error();
    if (!*stored) {
        auto synced = at.files->sync_directory(at.cursors()); // a new file's name, too, must last
        if (!synced) return synced.error();
    }
    std::vector<position> places;
    for (std::uint32_t n = 0; n < at.about.partitions; ++n) {
        position place{n, nowhere, 0};
        if (*stored) {
            place.sequence = get<std::int64_t>(**stored, n * place_bytes);
            place.offset = get<std::int64_t>(**stored, n * place_bytes + 8);
        }
        places.push_back(place);
    }
    return std::unique_ptr<cursor>(
        std::make_unique<log_cursor>(std::move(file), std::move(places), std::move(blocking))
    );
}

} // namespace sluice::log
