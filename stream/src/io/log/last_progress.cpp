// stream: the progress that a partition carries, read while anybody may write.
#include "last_progress.hpp"

#include "partition_view.hpp"
#include "segment_scan.hpp"

#include <sluice/stream/error.hpp>

#include <optional>

namespace sluice::log {

namespace {

/// The last batch with a progress that ends before `limit`, a file offset.
result<std::optional<scanned>>
last_with_progress(const segment& of, const seed& with, std::uint64_t limit) {
    segment_scanner scanner(of, with);
    std::optional<scanned> last;
    while (scanner.position() < limit) {
        auto next = scanner.next(limit);
        if (!next) return next.error();
        if (next->what != scanned::kind::batch) break;
        if (next->batch.progress_bytes > 0) last = *next;
    }
    return last;
}

} // namespace

result<std::string> last_progress(const stream_place& at, std::uint32_t partition) {
    const seed with = seed_of(at.about.incarnation);
    auto mark = partition_view(at, partition, with).look();
    if (!mark) return mark.error();
    auto segments = list_segments(at, partition);
    if (!segments) return segments.error();
    if (segments->empty()) return std::string();
    auto opened = open_segment(at, partition, segments->back(), open_mode::read);
    if (!opened) return opened.error();
    const segment& of = **opened;
    const std::uint64_t begins = of.header.address, durable = mark->durable_address;
    auto last = last_with_progress(of, with, durable > begins ? durable - begins : 0);
    if (!last) return last.error();
    if (!*last) return of.header.progress;
    buffer scratch;
    auto wrong = check_contents(of, **last, scratch);
    if (!wrong) return wrong.error();
    if (*wrong)
        return stream_failure(
            stream_errc::damaged,
            "stream " + at.about.name + ": " + of.bytes->name().string() + ", byte " +
                std::to_string((*last)->at) + ": " + **wrong
        );
    const batch_header& batch = (*last)->batch;
    return std::string(as_text(scratch.view().subspan(batch.body_bytes, batch.progress_bytes)));
}

} // namespace sluice::log
