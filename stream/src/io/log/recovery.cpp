// stream: what a writer finds when it opens a partition, and the torn tail it cuts.
#include "recovery.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <array>
#include <vector>

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

failure
refused_at(const stream_place& at, error_code code, const path& file, const std::string& how) {
    return stream_failure(
        code,
        "stream " + at.about.name + ": " + file.string() + ", " + how + "; nothing was changed"
    );
}

failure damaged_at(const walk_state& on, const std::string& how) {
    return refused_at(
        on.at,
        stream_errc::damaged,
        on.of.bytes->name(),
        "byte " + std::to_string(on.found.offset) + ": " + how + "; events from " +
            to_string(on.found.end) + " on cannot be trusted"
    );
}

/// What a whole batch changes.
void take_batch(walk_state& on, const scanned& batch) {
    if (batch.batch.progress_bytes > 0) {
        const bytes_view progress =
            on.scratch.view().subspan(batch.batch.body_bytes, batch.batch.progress_bytes);
        on.found.progress = as_text(progress);
    }
    on.found.end = batch.batch.next;
    if (on.found.end.offset == 0) on.found.visible = on.found.end.sequence;
    if (on.found.end.offset == 0 && batch.batch.records > 0) on.found.last_finished = batch;
    on.found.offset = batch.at + batch.batch.stored_bytes();
    on.found.writer_epoch = std::max(on.found.writer_epoch, batch.batch.writer_epoch);
    ++on.found.batches;
}

/// Whether a batch may follow what is there: exactly behind it, or later where no event is open.
bool continues(const position& end, const batch_header& batch) {
    if (batch.first == end) return true;
    return end.offset == 0 && batch.first.offset == 0 && batch.first.sequence > end.sequence;
}

/// Walks to the first thing that is not a whole batch; tells what that was (nothing: the end).
result<refusal> walk_segment(walk_state& on, const seed& with, std::uint64_t size) {
    segment_scanner scanner(on.of, with);
    refusal because;
    while (true) {
        auto next = scanner.next(size);
        if (!next) return next.error();
        if (next->what == scanned::kind::end) return because;
        if (next->what == scanned::kind::bad) return next->because;
        if (next->what == scanned::kind::footer) {
            on.found.sealed = next->at + footer_size == size &&
                              next->footer.batches == on.found.batches &&
                              next->footer.next == on.found.end;
            if (!on.found.sealed) because.why = "the segment's footer does not fit its batches";
            return because;
        }
        auto contents = check_contents(on.of, *next, on.scratch);
        if (!contents) return contents.error();
        if (*contents) because.why = **contents;
        if (!*contents && !continues(on.found.end, next->batch))
            because.why = "a batch does not continue the one before it";
        if (!because.why.empty()) return because;
        take_batch(on, *next);
    }
}

/// That a segment is sealed, whole, and leads to the one behind it.
result<void> check_sealed(
    const stream_place& at, const seed& with, const segment& sealed, const segment& behind
) {
    const auto refuse = [&at, &sealed](const char* how) {
        return refused_at(at, stream_errc::damaged, sealed.bytes->name(), how);
    };
    auto size = sealed.bytes->size();
    if (!size) return size.error();
    if (*size < sealed.first_batch + footer_size) return refuse("it ends before its footer");
    std::array<std::byte, footer_size> bytes{};
    auto read = sealed.bytes->read(*size - footer_size, bytes);
    if (!read) return read.error();
    refusal because;
    const position& base = sealed.header.base;
    const auto footer = decode_footer(bytes, with, sealed.header.ordinal, base.partition, because);
    if (!footer && because.newer)
        return refused_at(at, errc::unsupported_version, sealed.bytes->name(), because.why);
    if (!footer || footer->bytes + footer_size != *size) return refuse("its footer does not check");
    const bool leads = footer->next == behind.header.base &&
                       sealed.header.address + *size == behind.header.address;
    if (!leads) return refuse("the segment behind it does not continue it");
    return result<void>();
}

/// All segments but the last, which is `behind` at first.
result<void> check_chain(
    const stream_place& at,
    const seed& with,
    const std::vector<segment_place>& segments,
    std::shared_ptr<segment> behind
) {
    const std::uint32_t partition = behind->header.base.partition;
    for (std::size_t n = segments.size() - 1; n-- > 0;) {
        auto opened = open_segment(at, partition, segments[n], open_mode::read);
        if (!opened) return opened.error();
        auto checked = check_sealed(at, with, **opened, *behind);
        if (!checked) return checked;
        behind = std::move(*opened);
    }
    return result<void>();
}

/// Cuts what is torn, syncs what is kept.
result<void> settle(walk_state& on, const seed& with, std::uint64_t size, const refusal& stopped) {
    if (stopped.newer)
        return refused_at(on.at, errc::unsupported_version, on.of.bytes->name(), stopped.why);
    const std::uint64_t kept = on.found.offset + (on.found.sealed ? footer_size : 0);
    if (kept < size && !on.relaxed) {
        auto told = durable_told_behind(on.of, with, kept, size);
        if (!told) return told.error();
        on.durable = std::max(on.durable, *told);
    }
    if (on.of.header.address + kept < on.durable) {
        const bool short_file = stopped.why.empty();
        return damaged_at(on, short_file ? "the file ends before its durable end" : stopped.why);
    }
    if (kept < size) {
        on.found.torn_bytes = size - kept;
        auto cut = on.found.active->bytes->cut(kept);
        if (!cut) return cut;
    }
    // Before the watermark moves over it, what was found must be durable, and its name, too: the
    // process before may have died between a segment's rename and the folder's sync.
    auto synced = on.found.active->bytes->sync();
    if (!synced) return synced;
    return on.at.files->sync_directory(on.at.partition(on.of.header.base.partition));
}

recovered at_beginning_of(const std::shared_ptr<segment>& active) {
    recovered found;
    found.active = active;
    found.end = active->header.base;
    found.visible = found.end.sequence;
    found.progress = active->header.progress;
    found.offset = active->first_batch;
    found.next_ordinal = active->header.ordinal + 1;
    return found;
}

} // namespace

result<recovered> recover_partition(
    const stream_place& at, std::uint32_t partition, const seed& with, const watermark& mark
) {
    const bool relaxed = at.about.durability == "relaxed";
    auto segments = list_segments(at, partition);
    if (!segments) return segments.error();
    recovered nothing;
    nothing.end.partition = partition;
    if (segments->empty()) {
        if (mark.durable_address == 0 || relaxed) return nothing;
        return refused_at(
            at,
            stream_errc::damaged,
            at.partition(partition),
            "no segment is there, though events up to " + std::to_string(mark.next_sequence) +
                " were"
        );
    }
    auto opened = open_segment(at, partition, segments->back(), open_mode::write);
    if (!opened) return opened.error();
    auto chained = check_chain(at, with, *segments, *opened);
    if (!chained) return chained.error();
    auto size = (*opened)->bytes->size();
    if (!size) return size.error();
    const std::uint64_t durable = relaxed ? 0 : mark.durable_address;
    walk_state on{at, **opened, at_beginning_of(*opened), durable, relaxed, buffer()};
    auto stopped = walk_segment(on, with, *size);
    if (!stopped) return stopped.error();
    auto settled = settle(on, with, *size, *stopped);
    if (!settled) return settled.error();
    return std::move(on.found);
}

} // namespace sluice::log
