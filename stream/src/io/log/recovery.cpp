// stream: what a writer finds when it opens a partition, and the torn tail it cuts.
#include "recovery.hpp"

#include <sluice/stream/error.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

/// The walk through the last segment.
struct walk_state {
    const stream_place& at;
    const segment& of;
    recovered found;
    std::uint64_t durable; ///< address below which everything must check
    bool relaxed;          ///< the stream promises nothing of the kind
    buffer scratch;
};

failure damaged_at(const walk_state& on, std::uint64_t offset, const std::string& how) {
    return stream_failure(
        stream_errc::damaged,
        "stream " + on.at.about.name + ": " + on.of.bytes->name().string() + ", byte " +
            std::to_string(offset) + ": " + how + "; events from " + to_string(on.found.end) +
            " on cannot be trusted; nothing was changed"
    );
}

/// What a whole batch changes.
result<void> take_batch(walk_state& on, const scanned& batch) {
    if (batch.batch.progress_bytes > 0) {
        const bytes_view progress =
            on.scratch.view().subspan(batch.batch.body_bytes, batch.batch.progress_bytes);
        on.found.progress = as_text(progress);
    }
    on.found.end = batch.batch.next;
    if (on.found.end.offset == 0) on.found.visible = on.found.end.sequence;
    on.found.offset = batch.at + batch.batch.stored_bytes();
    ++on.found.batches;
    if (!on.relaxed) on.durable = std::max(on.durable, batch.batch.durable_address);
    return result<void>();
}

/// Whether a batch may follow what is there: exactly behind it, or later where no event is open.
bool continues(const position& end, const batch_header& batch) {
    if (batch.first == end) return true;
    return end.offset == 0 && batch.first.offset == 0 && batch.first.sequence > end.sequence;
}

/// Walks to the first thing that is not a whole batch; tells what that was.
result<std::string> walk_segment(walk_state& on, const seed& with, std::uint64_t size) {
    segment_scanner scanner(on.of, with);
    while (true) {
        auto next = scanner.next(size);
        if (!next) return next.error();
        if (next->what == scanned::kind::end) return std::string();
        if (next->what == scanned::kind::bad) return next->why;
        if (next->what == scanned::kind::footer) {
            on.found.sealed = next->at + footer_size == size &&
                              next->footer.batches == on.found.batches &&
                              next->footer.next == on.found.end;
            return std::string(
                on.found.sealed ? "" : "the segment's footer does not fit its batches"
            );
        }
        auto contents = check_contents(on.of, *next, on.scratch);
        if (!contents) return contents.error();
        if (*contents) return **contents;
        if (!continues(on.found.end, next->batch))
            return std::string("a batch does not continue the one before it");
        auto taken = take_batch(on, *next);
        if (!taken) return taken.error();
    }
}

/// A partition whose last segment was being made when the power failed.
result<recovered> without_last(
    const stream_place& at,
    std::uint32_t partition,
    const seed& with,
    const watermark& mark,
    const path& torn
) {
    auto removed = at.files->remove(torn);
    if (!removed) return removed.error();
    auto synced = at.files->sync_directory(at.partition(partition));
    if (!synced) return synced.error();
    return recover_partition(at, partition, with, mark);
}

} // namespace

result<recovered> recover_partition(
    const stream_place& at, std::uint32_t partition, const seed& with, const watermark& mark
) {
    auto segments = list_segments(at, partition);
    if (!segments) return segments.error();
    recovered nothing;
    nothing.end.partition = partition;
    if (segments->empty()) {
        if (mark.durable_address == 0 || at.about.durability == "relaxed") return nothing;
        return stream_failure(
            stream_errc::damaged,
            "stream " + at.about.name + ": " + at.partition(partition).string() +
                ": no segment is there, though events up to " + std::to_string(mark.next_sequence) +
                " were"
        );
    }
    const segment_place& last = segments->back();
    auto opened = open_segment(at, partition, last, open_mode::write);
    if (!opened) {
        // A new segment's header is synced before anything in it counts: one that does not check
        // was never used.
        if (opened.error().code != stream_errc::damaged) return opened.error();
        std::uint64_t reached = 0;
        if (segments->size() > 1) {
            auto before =
                open_segment(at, partition, (*segments)[segments->size() - 2], open_mode::read);
            if (!before) return before.error();
            auto size = (*before)->bytes->size();
            if (!size) return size.error();
            reached = (*before)->header.address + *size;
        }
        if (mark.durable_address > reached) return opened.error();
        return without_last(at, partition, with, mark, at.segment(partition, last));
    }
    auto size = (*opened)->bytes->size();
    if (!size) return size.error();

    const bool relaxed = at.about.durability == "relaxed";
    walk_state on{at, **opened, nothing, relaxed ? 0 : mark.durable_address, relaxed, buffer()};
    on.found.active = *opened;
    on.found.end = (*opened)->header.base;
    on.found.visible = on.found.end.sequence;
    on.found.progress = (*opened)->header.progress;
    on.found.offset = (*opened)->first_batch;
    on.found.next_ordinal = last.ordinal + 1;
    auto stopped = walk_segment(on, with, *size);
    if (!stopped) return stopped.error();
    const std::uint64_t reached =
        on.of.header.address + on.found.offset + (on.found.sealed ? footer_size : 0);
    if (reached < on.durable) {
        const std::string how =
            stopped->empty() ? "the file ends before its durable end" : *stopped;
        return damaged_at(on, on.found.offset, how);
    }
    if (!on.found.sealed && *size > on.found.offset) {
        on.found.torn_bytes = *size - on.found.offset;
        auto cut = on.found.active->bytes->cut(on.found.offset);
        if (!cut) return cut.error();
    }
    // Before the watermark moves over it, what was found must be durable.
    auto synced = on.found.active->bytes->sync();
    if (!synced) return synced.error();
    return std::move(on.found);
}

} // namespace sluice::log
