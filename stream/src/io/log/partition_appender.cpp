// stream: appending to one partition: write, share a sync, tell.
#include "partition_appender.hpp"

#include "../../core/log_bytes.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::log {

partition_appender::partition_appender(
    const stream_place& at,
    std::uint32_t partition,
    const seed& with,
    std::uint64_t epoch,
    const log_writer_options& options,
    any_io_executor on,
    any_io_executor blocking
)
    : at_(at),
      partition_(partition),
      with_(with),
      epoch_(epoch),
      options_(options),
      blocking_(std::move(blocking)),
      relaxed_(at.about.durability == "relaxed"),
      synced_(std::move(on)) {}

result<void> partition_appender::open() {
    auto file = at_.files->open(at_.watermark_file(partition_), open_mode::create);
    if (!file) return file.error();
    mark_ = slot_file(std::move(*file), watermark_payload);
    auto stored = mark_.load();
    if (!stored) return stored.error();
    const watermark mark = *stored ? decode_watermark(**stored) : watermark();
    auto found = recover_partition(at_, partition_, with_, mark);
    if (!found) return found.error();
    state_ = std::move(*found);
    durable_ = address();
    auto moved = move_watermark(durable_, state_.visible);
    if (!moved) return moved;
    return mark_.underlying().sync();
}

partition_tail partition_appender::tail() const {
    partition_tail tail;
    tail.end = state_.end;
    tail.last_progress = state_.progress;
    return tail;
}

std::uint64_t partition_appender::address() const {
    if (!state_.active) return 0;
    return state_.active->header.address + state_.offset + (state_.sealed ? footer_size : 0);
}

failure partition_appender::fail(failure why) {
    if (!broken_) broken_ = why;
    return why;
}

result<void> partition_appender::move_watermark(std::uint64_t durable, std::int64_t visible) {
    watermark mark;
    mark.durable_address = durable;
    mark.next_sequence = visible;
    return mark_.store(encode(mark));
}

// --- what may be appended
// ----------------------------------------------------------------------------------

result<void> partition_appender::check(const append_step& step, const position& end) const {
    const record_batch& batch = step.batch;
    const std::string where =
        "stream " + at_.about.name + ": an append at " + to_string(batch.first);
    const bool continues = batch.first == end || (end.offset == 0 && batch.first.offset == 0 &&
                                                  batch.first.sequence > end.sequence);
    if (batch.first.partition != partition_ || !continues)
        return stream_failure(
            stream_errc::out_of_order,
            where + " does not continue the partition, which ends at " + to_string(end)
        );
    if (batch.body.size() > max_batch_bytes || step.progress.size() > largest_progress)
        return stream_failure(stream_errc::too_large, where + " is above 4 MiB");
    const bool bare = batch.records == 0 && batch.body.empty();
    if (bare && batch.first != end)
        return stream_failure(stream_errc::out_of_order, where + " carries nothing to get there");
    if (!bare && (batch.records == 0 || batch.body.empty() || batch.next <= batch.first))
        return stream_failure(stream_errc::malformed, where + " contradicts itself");
    if (crc64nvme(batch.body) != batch.body_crc64)
        return stream_failure(
            stream_errc::malformed, where + ": its checksum is not that of its bytes"
        );
    return result<void>();
}

batch_header partition_appender::header_of(const append_step& step) const {
    batch_header header;
    header.first = step.batch.first;
    header.next = step.batch.records == 0 ? step.batch.first : step.batch.next;
    header.last_sequence = step.batch.last_sequence;
    header.records = step.batch.records;
    header.events = step.batch.events;
    header.times = step.batch.times;
    header.writer_epoch = epoch_;
    header.durable_address = durable_;
    header.body_bytes = static_cast<std::uint32_t>(step.batch.body.size());
    header.progress_bytes = static_cast<std::uint32_t>(step.progress.size());
    header.body_crc64 = step.batch.body_crc64;
    header.progress_crc64 = crc64nvme(as_bytes(step.progress));
    return header;
}

// --- writing
// -----------------------------------------------------------------------------------------------

result<void> partition_appender::seal() {
    segment_footer footer;
    footer.batches = state_.batches;
    footer.next = state_.end;
    footer.last_sequence = state_.end.sequence - 1;
    footer.bytes = state_.offset;
    const auto bytes = encode(footer, with_, state_.active->header.ordinal);
    const bytes_view pieces[] = {bytes};
    auto written = state_.active->bytes->write(state_.offset, pieces);
    if (!written) return written;
    state_.sealed = true;
    auto synced = state_.active->bytes->sync();
    if (!synced) return fail(synced.error());
    durable_ = std::max(durable_, address());
    return result<void>();
}

result<void> partition_appender::new_segment() {
    segment_header header;
    header.incarnation = at_.about.incarnation;
    header.ordinal = state_.next_ordinal;
    header.base = state_.end;
    header.address = address();
    header.progress = state_.progress;
    const segment_place place{header.ordinal, header.base.sequence};
    auto opened = at_.files->open(at_.segment(partition_, place), open_mode::create);
    if (!opened) return opened.error();
    const byte_vector bytes = encode(header);
    const bytes_view pieces[] = {bytes};
    auto made = (*opened)->write(0, pieces);
    if (made) made = (*opened)->sync();
    if (made) made = at_.files->sync_directory(at_.partition(partition_));
    if (!made) {
        at_.files->remove(at_.segment(partition_, place));
        return made;
    }
    auto fresh = std::make_shared<segment>();
    fresh->bytes = std::move(*opened);
    fresh->header = std::move(header);
    fresh->first_batch = bytes.size();
    state_.active = std::move(fresh);
    state_.offset = bytes.size();
    state_.batches = 0;
    state_.sealed = false;
    ++state_.next_ordinal;
    return result<void>();
}

/// A segment that may be appended to. An event never continues in another segment.
result<void> partition_appender::ready_segment() {
    const bool full =
        state_.active && state_.offset >= options_.segment_bytes && state_.end.offset == 0;
    if (state_.active && full && !state_.sealed) {
        auto sealed = seal();
        if (!sealed) return sealed;
    }
    if (!state_.active || state_.sealed) return new_segment();
    return result<void>();
}

void partition_appender::taken(const batch_header& header, std::string_view progress) {
    state_.offset += header.stored_bytes();
    ++state_.batches;
    state_.end = header.next;
    if (state_.end.offset == 0) state_.visible = state_.end.sequence;
    if (!progress.empty()) state_.progress = progress;
}

/// A write that failed leaves the segment as it was before, when the disk was full; else the writer
/// is finished.
result<void> partition_appender::roll_back(const failure& why) {
    if (why.code != errc::disk_full) return fail(why);
    auto cut = state_.active->bytes->cut(state_.offset);
    if (!cut) return fail(cut.error());
    failure full = why;
    full.where = "stream " + at_.about.name + ": " + why.where;
    return full;
}

result<void> partition_appender::write_batch(
    const batch_header& header, bytes_view body, std::string_view progress
) {
    static constexpr std::array<std::byte, 8> zeros{};
    const auto bytes = encode(header, with_);
    const std::uint64_t used = batch_header_size + body.size() + progress.size();
    const bytes_view pieces[] = {
        bytes, body, as_bytes(progress), bytes_view(zeros).first(header.stored_bytes() - used)};
    auto written = state_.active->bytes->write(state_.offset, pieces);
    if (!written) return roll_back(written.error());
    taken(header, progress);
    return result<void>();
}

/// All steps in one go: headers, bodies and progresses side by side.
result<void> partition_appender::write(std::span<const append_step> steps) {
    static constexpr std::array<std::byte, 8> zeros{};
    std::vector<batch_header> headers;
    std::vector<std::array<std::byte, batch_header_size>> encoded;
    std::vector<bytes_view> pieces;
    headers.reserve(steps.size());
    encoded.reserve(steps.size());
    pieces.reserve(4 * steps.size());
    for (const append_step& step : steps) {
        headers.push_back(header_of(step));
        encoded.push_back(encode(headers.back(), with_));
        const std::uint64_t used =
            batch_header_size + step.batch.body.size() + step.progress.size();
        pieces.push_back(encoded.back());
        if (!step.batch.body.empty()) pieces.push_back(step.batch.body);
        if (!step.progress.empty()) pieces.push_back(as_bytes(step.progress));
        const std::uint64_t padding = headers.back().stored_bytes() - used;
        if (padding > 0) pieces.push_back(bytes_view(zeros).first(padding));
    }
    auto written = state_.active->bytes->write(state_.offset, pieces);
    if (!written) return roll_back(written.error());
    for (std::size_t n = 0; n < steps.size(); ++n)
        taken(headers[n], steps[n].progress);
    return result<void>();
}

// --- durability
// --------------------------------------------------------------------------------------------

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
        if (options_.group_window.count() > 0) co_await sleep_for(options_.group_window);
        const std::uint64_t written = this->address();
        const std::int64_t visible = state_.visible;
        const std::shared_ptr<segment> active = state_.active;
        result<void> synced;
        if (!relaxed_) {
            auto sync = [&active] { return active->bytes->sync(); };
            synced = co_await run_blocking(blocking_, sync);
        }
        // A sync that failed is never asked again: what it lost is not known.
        if (!synced) co_return fail(synced.error());
        durable_ = std::max(durable_, written);
        auto moved = move_watermark(durable_, visible);
        if (!moved) co_return fail(moved.error());
    }
    co_return result<void>();
}

task<result<void>> partition_appender::append(std::span<const append_step> steps) {
    if (broken_) co_return *broken_;
    position end = state_.end;
    for (const append_step& step : steps) {
        auto checked = check(step, end);
        if (!checked) co_return checked;
        if (step.batch.records > 0) end = step.batch.next;
    }
    auto ready = ready_segment();
    if (!ready) co_return ready;
    auto written = write(steps);
    if (!written) co_return written;
    auto durable = co_await wait_durable(address());
    co_return durable;
}

task<result<void>> partition_appender::abandon() {
    if (broken_) co_return *broken_;
    if (state_.end.offset == 0) co_return result<void>();
    batch_header header;
    header.first = state_.end;
    header.last_sequence = state_.end.sequence;
    header.next = position{partition_, state_.end.sequence + 1, 0};
    header.abandons = true;
    header.writer_epoch = epoch_;
    header.durable_address = durable_;
    auto written = write_batch(header, bytes_view(), std::string_view());
    if (!written) co_return written;
    auto durable = co_await wait_durable(address());
    co_return durable;
}

task<void> partition_appender::settle() {
    while (syncing_)
        co_await synced_.wait();
}

} // namespace sluice::log
