// stream: making a partition durable: shared syncs, the watermark, sealed and new segments.
#include "../../core/log_segment.hpp"
#include "log_trim_run.hpp"
#include "partition_appender.hpp"
#include "segment_make.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>

#include <algorithm>

namespace sluice::log {

result<void> partition_appender::move_watermark(std::uint64_t durable, std::int64_t visible) {
    watermark mark;
    mark.durable_address = durable;
    mark.next_sequence = visible;
    return mark_.store(encode(mark));
}

/// Lets the next one sync, whichever way this one ends.
struct partition_appender::sync_in_flight {
    explicit sync_in_flight(partition_appender& at) : of(at) { of.syncing_ = true; }
    ~sync_in_flight() {
        of.syncing_ = false;
        of.synced_.beat();
    }
    partition_appender& of;
};

/// Whoever comes first syncs for all who have written by then; the others wait for it, or sync
/// next.
task<result<void>> partition_appender::wait_durable(std::uint64_t address) {
    while (durable_ < address) {
        if (broken_) co_return *broken_;
        if (syncing_) {
            co_await synced_.wait();
            continue;
        }
        const sync_in_flight turn(*this);
        if (group_window_.count() > 0) co_await sleep_for(group_window_);
        const std::uint64_t written = this->address();
        const std::int64_t visible = state_.visible;
        const std::shared_ptr<segment> active = state_.active;
        result<void> synced;
        if (!relaxed_) {
            auto sync = [&active] { return active->bytes->sync(); };
            synced = co_await run_blocking(blocking_, sync);
        } else {
            co_await begin_sync();
        }
        // A sync that failed is never asked again: what it lost is not known.
        if (!synced) co_return fail(synced.error());
        durable_ = std::max(durable_, written);
        auto moved = move_watermark(durable_, visible);
        if (!moved) co_return fail(moved.error());
    }
    co_return result<void>();
}

/// Nobody waits for the disk, but the seal of the segment will: then most is there already.
task<void> partition_appender::begin_sync() {
    constexpr std::uint64_t at_once = std::uint64_t{16} << 20;
    const std::uint64_t from = sync_begun_, bytes = state_.offset - from;
    if (bytes < at_once) co_return;
    sync_begun_ = state_.offset;
    const std::shared_ptr<segment> active = state_.active;
    auto begin = [&active, from, bytes]() -> result<void> {
        active->bytes->begin_sync(from, bytes);
        return {};
    };
    auto begun = co_await run_blocking(blocking_, begin);
    static_cast<void>(begun);
}

/// Footer, sync, watermark. Called with the sync in hand: two at once could each get the answer
/// that was meant for the other.
task<result<void>> partition_appender::seal() {
    segment_footer footer;
    footer.batches = state_.batches;
    footer.next = state_.end;
    footer.last_sequence = state_.end.sequence - 1;
    footer.bytes = state_.offset;
    const auto bytes = encode(footer, with_, state_.active->header.ordinal);
    const bytes_view pieces[] = {bytes};
    auto written = state_.active->bytes->write(state_.offset, pieces);
    if (!written) co_return roll_back(written.error());
    const std::shared_ptr<segment> full = state_.active;
    auto sync = [&full] { return full->bytes->sync(); };
    auto synced = co_await run_blocking(blocking_, sync);
    if (!synced) co_return fail(synced.error());
    state_.sealed = true;
    durable_ = address();
    auto moved = move_watermark(durable_, state_.visible);
    if (!moved) co_return fail(moved.error());
    synced_.beat();
    co_return result<void>();
}

/// Of the last event that readers see.
result<std::uint64_t> partition_appender::last_fingerprint() const {
    if (!state_.active) return std::uint64_t{0};
    if (!state_.last_finished) return state_.active->header.fingerprint;
    return fingerprint_of(*state_.active, *state_.last_finished);
}

/// Seals the segment, if there is one, and begins the next.
task<result<void>> partition_appender::roll() {
    while (syncing_)
        co_await synced_.wait();
    if (broken_) co_return *broken_;
    const sync_in_flight turn(*this);
    if (state_.active && !state_.sealed) {
        auto sealed = co_await seal();
        if (!sealed) co_return sealed;
    }
    segment_header header;
    header.incarnation = at_.about.incarnation;
    header.ordinal = state_.next_ordinal;
    header.base = state_.end;
    header.address = address();
    header.progress = state_.progress;
    result<void> closed;
    auto make = [this, &header, &closed]() -> result<std::shared_ptr<segment>> {
        auto fingerprint = last_fingerprint();
        if (!fingerprint) return fingerprint.error();
        header.fingerprint = *fingerprint;
        if (state_.active) state_.active->bytes->give_back_reserve();
        auto fresh = make_segment(at_, partition_, header, std::move(prepared_));
        if (fresh && state_.active) closed = state_.active->bytes->close();
        // What could not be removed is tried again with the next segment.
        if (fresh) static_cast<void>(apply_retention(at_, partition_));
        return fresh;
    };
    auto made = co_await run_blocking(blocking_, make);
    if (!made && made.error().code == errc::disk_full) co_return made.error();
    if (!made) co_return fail(made.error());
    // All of it was synced: a disk that takes that back is not to be trusted with more.
    if (!closed) co_return fail(closed.error());
    state_.active = std::move(*made);
    if (options_.bypass_cache) state_.active->bytes->bypass_cache();
    state_.offset = sync_begun_ = state_.active->first_batch;
    state_.batches = 0;
    state_.last_finished.reset();
    state_.sealed = false;
    ++state_.next_ordinal;
    co_return result<void>();
}

/// Of a relaxed stream nobody may have asked for a sync: then this is where a disk that closes
/// late tells what it lost.
result<void> partition_appender::close_files() {
    give_back_prepared();
    result<void> closed;
    if (state_.active) {
        state_.active->bytes->give_back_reserve();
        closed = state_.active->bytes->close();
    }
    auto mark_closed = mark_.underlying().close();
    if (closed || !relaxed_) return closed ? mark_closed : closed;
    failure lost = closed.error();
    lost.where += "; some of what was appended to this relaxed stream may be lost";
    return lost;
}

task<result<void>> partition_appender::settle() {
    while (!line_.empty())
        co_await line_moved_.wait();
    while (syncing_)
        co_await synced_.wait();
    auto close = [this] { return close_files(); };
    auto closed = co_await run_blocking(blocking_, close);
    co_return closed;
}

} // namespace sluice::log
