// stream: appending to one partition: write, share a sync, tell.
#include "partition_appender.hpp"

#include "../../core/log_bytes.hpp"
#include "segment_make.hpp"
#include "stored_steps.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::log {

namespace {

/// Only whole segments are removed: of a stream that is to stay small they are small, too.
std::uint64_t segment_size(const log_retention& keep, std::uint64_t asked_for) {
    constexpr std::uint64_t smallest = 1 << 20, parts = 8;
    if (!keep.bytes) return asked_for;
    return std::min(asked_for, std::max(smallest, *keep.bytes / parts));
}

} // namespace

partition_appender::partition_appender(
    const stream_place& at,
    std::uint32_t partition,
    const seed& with,
    const log_writer_options& options,
    any_io_executor on,
    any_io_executor blocking
)
    : at_(at),
      partition_(partition),
      with_(with),
      options_(options),
      blocking_(std::move(blocking)),
      group_window_(options.group_window.value_or(at.about.group_window)),
      relaxed_(at.about.durability == "relaxed"),
      compressed_(at.about.codec == "zstd"),
      synced_(on),
      line_moved_(std::move(on)) {
    options_.segment_bytes = segment_size(at.about.retention, options.segment_bytes);
}

result<void> partition_appender::open() {
    auto no_leftover = remove_prepared(at_, partition_);
    if (!no_leftover) return no_leftover;
    auto file = at_.files->open(at_.watermark_file(partition_), open_mode::create);
    if (!file) return file.error();
    mark_ = slot_file(std::move(*file), watermark_payload);
    auto stored = mark_.load();
    if (!stored) return stored.error();
    mark_note_ = mark_.note();
    const watermark mark = *stored ? decode_watermark(**stored) : watermark();
    auto found = recover_partition(at_, partition_, with_, mark);
    if (!found) return found.error();
    state_ = std::move(*found);
    if (state_.active && options_.bypass_cache) state_.active->bytes->bypass_cache();
    durable_ = address();
    if (mark.durable_address == durable_ && mark.next_sequence == state_.visible)
        return result<void>();
    auto moved = move_watermark(durable_, state_.visible);
    if (!moved) return moved;
    return mark_.underlying().sync();
}

partition_tail partition_appender::tail() const {
    partition_tail tail;
    tail.end = state_.end;
    tail.last_progress = state_.progress;
    tail.torn_bytes_cut = state_.torn_bytes;
    return tail;
}

std::vector<std::string> partition_appender::notes() const {
    std::vector<std::string> told;
    if (!mark_note_.empty()) told.push_back(mark_note_);
    if (state_.torn_bytes > 0)
        told.push_back(
            at_.partition(partition_).string() + ": the last " + std::to_string(state_.torn_bytes) +
            " bytes were torn and had never been acknowledged; they were cut off"
        );
    return told;
}

std::uint64_t partition_appender::address() const {
    if (!state_.active) return 0;
    return state_.active->header.address + state_.offset + (state_.sealed ? footer_size : 0);
}

failure partition_appender::fail(failure why) {
    if (!broken_) broken_ = why;
    return why;
}

result<void> partition_appender::check(const append_step& step, const position& end) const {
    const record_batch& batch = step.batch;
    const auto refuse = [this, &batch](error_code code, const std::string& how) {
        return stream_failure(
            code,
            "stream " + at_.about.name + ": an append at " + to_string(batch.first) + " " + how
        );
    };
    const bool continues = batch.first == end || (end.offset == 0 && batch.first.offset == 0 &&
                                                  batch.first.sequence > end.sequence);
    if (batch.first.partition != partition_ || !continues)
        return refuse(
            stream_errc::out_of_order,
            "does not continue the partition, which ends at " + to_string(end)
        );
    if (batch.body.size() > max_batch_bytes)
        return refuse(stream_errc::too_large, "has a body above 4 MiB");
    if (step.progress.size() > largest_progress)
        return refuse(stream_errc::too_large, "has a progress above 1 MiB");
    const bool bare = batch.records == 0 && batch.body.empty();
    if (bare && batch.first != end)
        return refuse(stream_errc::out_of_order, "carries nothing to get there");
    return result<void>();
}

void partition_appender::taken(const batch_header& header, std::string_view progress) {
    if (header.records > 0 && header.next.offset == 0) {
        state_.last_finished.emplace();
        state_.last_finished->at = state_.offset;
        state_.last_finished->batch = header;
    }
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

/// All steps in one go. Much is written on a thread that may block: the strand goes on meanwhile.
task<result<void>> partition_appender::write(std::span<const append_step> steps) {
    std::uint64_t bytes = 0;
    for (const append_step& step : steps)
        bytes += step.batch.body.size();
    result<stored_steps> made = stored_steps();
    const std::uint64_t durable = durable_;
    const auto put = [this, steps, durable, &made]() -> result<void> {
        made = store_all(steps, durable);
        if (!made) return result<void>();
        return state_.active->bytes->write(state_.offset, made->pieces);
    };
    result<void> written;
    if (bytes >= bulk)
        written = co_await run_blocking(blocking_, put);
    else
        written = put();
    if (!made) co_return made.error();
    if (!written) co_return roll_back(written.error());
    for (std::size_t n = 0; n < steps.size(); ++n)
        taken(made->headers[n], steps[n].progress);
    co_return result<void>();
}

/// Appends write in call order, also when one of them waits for a new segment.
struct partition_appender::place_in_line {
    explicit place_in_line(partition_appender& at) : of(at), number(at.next_in_line_++) {
        of.line_.push_back(number);
    }
    ~place_in_line() {
        std::erase(of.line_, number);
        of.line_moved_.beat();
    }
    bool is_first() const { return of.line_.front() == number; }
    partition_appender& of;
    std::uint64_t number;
};

/// An event never continues in another segment, so one with an open event is never full.
bool partition_appender::needs_segment() const {
    if (!state_.active || state_.sealed) return true;
    return state_.offset >= options_.segment_bytes && state_.end.offset == 0;
}

namespace {

std::uint64_t stored_at_most(std::span<const append_step> steps) {
    std::uint64_t bytes = 0;
    for (const append_step& step : steps)
        bytes += std::max<std::uint64_t>(
            padded(batch_header_size + step.batch.body.size() + step.progress.size()),
            step.frame.size()
        );
    return bytes;
}

} // namespace

/// How many of the steps go into the active segment: at least one, and up to the one that fills it.
std::size_t partition_appender::fitting(std::span<const append_step> steps) const {
    std::uint64_t end = state_.offset;
    for (std::size_t n = 0; n < steps.size(); ++n) {
        const append_step& step = steps[n];
        end += batch_header_size + step.batch.body.size() + step.progress.size();
        if (end >= options_.segment_bytes && step.batch.next.offset == 0) return n + 1;
    }
    return steps.size();
}

task<result<std::uint64_t>> partition_appender::write_in_turn(std::span<const append_step> steps) {
    const place_in_line turn(*this);
    while (!turn.is_first())
        co_await line_moved_.wait();
    if (broken_) co_return *broken_;
    if (turn.number < refused_before_) co_return *refused_;
    auto written = co_await write_now(steps);
    if (!written && written.error().code == errc::disk_full) {
        refused_ = written.error();
        refused_before_ = next_in_line_;
    }
    co_return written;
}

task<result<std::uint64_t>> partition_appender::write_now(std::span<const append_step> steps) {
    position end = state_.end;
    for (const append_step& step : steps) {
        auto checked = check(step, end);
        if (!checked) co_return checked.error();
        if (step.batch.records > 0) end = step.batch.next;
    }
    auto room = co_await find_room(stored_at_most(steps));
    if (!room) co_return room.error();
    while (!steps.empty()) {
        if (needs_segment()) {
            auto rolled = co_await roll();
            if (!rolled) co_return rolled.error();
        }
        auto filled = fill_block(steps);
        if (!filled) co_return filled.error();
        const std::span<const append_step> now = steps.first(fitting(steps));
        auto written = co_await write(now);
        if (!written) co_return written.error();
        steps = steps.subspan(now.size());
    }
    co_await prepare_next();
    co_return address();
}

task<result<void>> partition_appender::append(std::span<const append_step> steps) {
    auto written = co_await write_in_turn(steps);
    if (!written) co_return written.error();
    auto durable = co_await wait_durable(*written);
    co_return durable;
}

task<result<std::uint64_t>> partition_appender::abandon_in_turn() {
    const place_in_line turn(*this);
    while (!turn.is_first())
        co_await line_moved_.wait();
    if (broken_) co_return *broken_;
    if (state_.end.offset == 0) co_return durable_;
    batch_header header;
    header.first = state_.end;
    header.last_sequence = state_.end.sequence;
    header.next = position{partition_, state_.end.sequence + 1, 0};
    header.abandons = true;
    header.writer_epoch = epoch_;
    header.durable_address = durable_;
    auto written = write_batch(header, bytes_view(), std::string_view());
    if (!written) co_return written.error();
    co_return address();
}

task<result<void>> partition_appender::abandon() {
    auto written = co_await abandon_in_turn();
    if (!written) co_return written.error();
    auto durable = co_await wait_durable(*written);
    co_return durable;
}

} // namespace sluice::log
