// stream: the disk of a partition: what appends leave of it, and what they take in advance.
#include "log_trim_run.hpp"
#include "partition_appender.hpp"
#include "segment_make.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>

namespace sluice::log {

failure partition_appender::no_room(std::uint64_t bytes, const disk_room& room) const {
    return stream_failure(
        errc::disk_full,
        "stream " + at_.about.name + ": an append of " + human_size(bytes) + " does not fit: " +
            at_.directory.string() + " lies on a disk with " + human_size(room.left) +
            " left, of which " + human_size(disk_reserve(room)) + " are kept free"
    );
}

void partition_appender::give_back_prepared() {
    if (!tried_to_prepare_) return;
    prepared_.reset();
    // What stays is removed by whoever opens the partition next.
    static_cast<void>(remove_prepared(at_, partition_));
}

/// Before anything of an append is written. What was taken in advance is given back first, then
/// what retention allows: so room comes back to a writer that has met a full disk.
task<result<void>> partition_appender::find_room(std::uint64_t bytes) {
    if (bytes <= unwatched_) {
        unwatched_ -= bytes;
        co_return result<void>();
    }
    auto look = [this] { return at_.files->room_of(at_.directory); };
    auto room = look();
    // What cannot be asked is found out by writing.
    if (!room) co_return result<void>();
    if (bytes > room_for_appends(*room)) {
        auto make_room = [this, &look] {
            give_back_prepared();
            static_cast<void>(apply_retention(at_, partition_));
            return look();
        };
        room = co_await run_blocking(blocking_, make_room);
        if (!room) co_return result<void>();
    }
    unwatched_ = 0;
    if (bytes > room_for_appends(*room)) co_return no_room(bytes, *room);
    unwatched_ = room_unwatched(*room, bytes);
    co_return result<void>();
}

/// Once in a segment. Where that fails nothing is lost but the time to make it later.
task<void> partition_appender::prepare_next() {
    if (!state_.active || state_.sealed || prepared_) co_return;
    const std::uint64_t ordinal = state_.active->header.ordinal;
    if (tried_to_prepare_ == ordinal) co_return;
    if (!is_nearly_full(state_.offset, options_.segment_bytes)) co_return;
    tried_to_prepare_ = ordinal;
    auto prepare = [this] { return prepare_segment(at_, partition_, options_.segment_bytes); };
    auto prepared = co_await run_blocking(blocking_, prepare);
    if (prepared) prepared_ = std::move(*prepared);
}

} // namespace sluice::log
