// stream: the progress that a partition's writer has stored, read without being the writer.
#include "log_progress.hpp"

#include "partition_view.hpp"
#include "segment_scan.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <optional>
#include <span>

namespace sluice::log {

namespace {

/// The last batch before `limit` that carries one.
result<std::optional<scanned>>
last_carrier(const segment& of, const seed& with, std::uint64_t limit) {
    segment_scanner scanner(of, with);
    std::optional<scanned> last;
    while (true) {
        auto next = scanner.next(limit);
        if (!next) return next.error();
        if (next->what != scanned::kind::batch) return last;
        if (next->batch.progress_bytes > 0) last = *next;
    }
}

result<std::string> read_progress(const segment& of, const scanned& batch) {
    std::string progress(batch.batch.progress_bytes, '\0');
    const std::uint64_t at = batch.at + batch_header_size + batch.batch.body_bytes;
    auto read = of.bytes->read(at, std::as_writable_bytes(std::span<char>(progress)));
    if (!read) return read.error();
    const bool same =
        *read == progress.size() && crc64nvme(as_bytes(progress)) == batch.batch.progress_crc64;
    if (same) return progress;
    return stream_failure(
        stream_errc::damaged,
        of.bytes->name().string() + ", byte " + std::to_string(at) +
            ": the progress is not the one that was stored"
    );
}

} // namespace

result<std::string>
last_progress(const stream_place& at, std::uint32_t partition, const seed& with) {
    partition_view view(at, partition, with);
    auto mark = view.look();
    if (!mark) return mark.error();
    auto segments = list_segments(at, partition);
    if (!segments) return segments.error();
    if (segments->empty()) return std::string();
    auto opened = open_segment(at, partition, segments->back(), open_mode::read);
    if (!opened) return opened.error();
    const segment& of = **opened;
    if (mark->durable_address <= of.header.address) return of.header.progress;
    auto last = last_carrier(of, with, mark->durable_address - of.header.address);
    if (!last) return last.error();
    if (!*last) return of.header.progress;
    return read_progress(of, **last);
}

} // namespace sluice::log
