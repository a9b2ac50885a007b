// stream: reading every byte of a stream and checking it.
#include "log_verify.hpp"

#include "../../core/batch_body.hpp"
#include "cursor_files.hpp"
#include "segment_scan.hpp"
#include "slot_file.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace sluice::log {

namespace {

/// Reading at a rate: sleeps when it is ahead of it, until it is to stop.
class read_pace {
  public:
    read_pace(std::uint64_t bytes_per_second, std::stop_token stop)
        : rate_(bytes_per_second), stop_(std::move(stop)) {}

    bool stopped() const { return stop_.stop_requested(); }

    void took(std::uint64_t bytes) {
        if (rate_ == 0) return;
        bytes_ += bytes;
        const std::chrono::duration<double> due(
            static_cast<double>(bytes_) / static_cast<double>(rate_)
        );
        const auto until =
            began_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due);
        std::mutex nobody_else;
        std::unique_lock<std::mutex> lock(nobody_else);
        std::condition_variable_any woken;
        woken.wait_until(lock, stop_, until, [] { return false; });
    }

  private:
    std::uint64_t rate_;
    std::stop_token stop_;
    std::uint64_t bytes_ = 0;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// One partition's walk.
struct check_state {
    const stream_place& at;
    const seed& with;
    log_verdict& verdict;
    position end; ///< behind the batches checked so far
    buffer scratch, room;
    body_codec codec;
    std::uint64_t durable = 0;
    std::optional<std::uint64_t> fingerprint; ///< of the last finished event; none: not known
    read_pace* pace = nullptr;                ///< none: as fast as it goes, to the end
    std::optional<position> from;             ///< of what lies before it headers are read only
    bool newer = false; ///< something checks, but another version of the format wrote it

    /// True: it is to stop here, which the verdict tells.
    bool stops() const {
        if (!pace || !pace->stopped()) return false;
        verdict.stopped_at = end;
        return true;
    }

    void problem(const segment& in, std::uint64_t byte, const std::string& how) {
        verdict.problems.push_back(
            in.bytes->name().string() + ", byte " + std::to_string(byte) + ": " + how +
            "; events from " + to_string(end) + " on cannot be trusted"
        );
    }
};

/// Contents against header: records, events, times and places are what the header says.
bool tells_the_truth(const batch_header& header, bytes_view body) {
    if (header.records == 0) return true;
    const auto told = describe_body(body, header.first, header.records_crc64);
    if (!told) return false;
    const bool same_times = told->times.has_value() == header.times.has_value() &&
                            (!told->times || (told->times->min == header.times->min &&
                                              told->times->max == header.times->max));
    return told->next == header.next && told->records == header.records &&
           told->events == header.events && same_times &&
           told->last_sequence == header.last_sequence;
}

result<bool> check_batch(check_state& on, const segment& in, const scanned& batch) {
    if (on.pace) on.pace->took(batch.batch.stored_bytes());
    auto contents = check_contents(in, batch, on.scratch);
    if (!contents) return contents.error();
    if (*contents) {
        on.problem(in, batch.at, **contents);
        return false;
    }
    const bool follows =
        batch.batch.first == on.end || (on.end.offset == 0 && batch.batch.first > on.end);
    if (!follows) {
        on.problem(in, batch.at, "a batch does not continue the one before it");
        return false;
    }
    const auto records =
        on.codec.records_of(batch.batch, on.scratch.view().first(batch.batch.body_bytes), on.room);
    if (!records || !tells_the_truth(batch.batch, *records)) {
        on.problem(in, batch.at, "a batch does not hold what its header says");
        return false;
    }
    on.end = batch.batch.next;
    ++on.verdict.batches;
    on.verdict.records += batch.batch.records;
    on.verdict.events += batch.batch.events;
    on.verdict.bytes += batch.batch.stored_bytes();
    return true;
}

/// Behind damage it is not known what the next segment follows.
result<void> lost_track(check_state& on) {
    on.fingerprint.reset();
    return result<void>();
}

/// What the next segment must tell.
result<void>
take_fingerprint(check_state& on, const segment& in, const std::optional<scanned>& last) {
    if (!last) return result<void>();
    auto fingerprint = fingerprint_of(in, *last);
    if (!fingerprint) return fingerprint.error();
    on.fingerprint = *fingerprint;
    return result<void>();
}

/// `last`: the segment that is being written may end anywhere at or behind the durable end.
result<void> check_segment(check_state& on, const segment& in, bool last) {
    auto size = in.bytes->size();
    if (!size) return size.error();
    if (in.header.base != on.end)
        on.problem(in, 0, "the segment does not begin where the one before it ends");
    if (on.fingerprint && *on.fingerprint != in.header.fingerprint)
        on.problem(in, 0, "the segment does not follow the last event of the one before it");
    on.end = in.header.base;
    on.fingerprint = in.header.fingerprint;
    std::optional<scanned> last_finished;
    const std::uint64_t durable =
        on.durable > in.header.address ? on.durable - in.header.address : 0;
    const std::uint64_t limit = last ? std::min(*size, durable) : *size;
    std::uint64_t batches = 0;
    segment_scanner scanner(in, on.with);
    while (true) {
        auto next = scanner.next(limit);
        if (!next) return next.error();
        if (next->what == scanned::kind::batch) {
            ++batches;
            if (on.from && next->batch.next <= *on.from) {
                on.end = next->batch.next;
            } else {
                if (on.stops()) return result<void>();
                auto good = check_batch(on, in, *next);
                if (!good) return good.error();
                if (!*good) return lost_track(on);
            }
            if (next->batch.records > 0 && on.end.offset == 0) last_finished = *next;
        } else if (next->what == scanned::kind::footer) {
            const bool fits = next->footer.next == on.end && next->at + footer_size == *size &&
                              next->footer.batches == batches;
            if (!fits) on.problem(in, next->at, "the footer does not fit");
            if (last && *size < durable)
                on.problem(in, next->at, "the partition ends before its durable end");
            return take_fingerprint(on, in, last_finished);
        } else if (next->what == scanned::kind::bad) {
            on.newer = on.newer || next->because.newer;
            on.problem(in, next->at, next->because.why);
            return lost_track(on);
        } else {
            if (!last) on.problem(in, next->at, "the segment has no footer");
            if (last && *size < durable)
                on.problem(in, next->at, "the file ends before its durable end");
            return result<void>();
        }
    }
}

void take_durable_end(check_state& on, std::uint32_t partition) {
    const path mark = on.at.watermark_file(partition);
    const auto bytes = read_small(*on.at.files, mark);
    if (!bytes) return; // nobody has written yet
    if (const auto slot = newest_slot(*bytes, watermark_payload))
        on.durable = decode_watermark(slot->payload).durable_address;
    else if (!bytes->empty())
        on.verdict.problems.push_back(mark.string() + ": neither of its two values checks");
}

result<void> check_partition(
    const stream_place& at,
    std::uint32_t partition,
    const seed& with,
    read_pace& pace,
    const std::optional<position>& from,
    log_verdict& verdict
) {
    check_state on{at, with, verdict, position{partition, 0, 0}, {}, {}, {}, 0, {}, &pace, from};
    take_durable_end(on, partition);
    auto segments = list_segments(at, partition);
    if (!segments) {
        verdict.problems.push_back(segments.error().where);
        return result<void>();
    }
    if (segments->empty() && on.durable > 0)
        verdict.problems.push_back(at.partition(partition).string() + ": its segments are gone");
    bool oldest = true;
    for (std::size_t n = 0; n < segments->size(); ++n) {
        const bool last = n + 1 == segments->size();
        if (from && !last && (*segments)[n + 1].base_sequence < from->sequence) continue;
        auto opened = open_segment(at, partition, (*segments)[n], open_mode::read);
        if (!opened && opened.error().code == errc::not_found && !last) {
            oldest = true; // it and all before it have just been removed
            on.fingerprint.reset();
            continue;
        }
        if (!opened && opened.error().code == stream_errc::damaged) {
            verdict.problems.push_back(opened.error().where);
            on.fingerprint.reset();
            continue;
        }
        if (!opened) return opened.error();
        if (oldest) on.end = (*opened)->header.base; // older ones may have been removed
        oldest = false;
        auto checked = check_segment(on, **opened, last);
        if (!checked || verdict.stopped_at) return checked;
    }
    if (from && on.end < *from && verdict.problems.empty())
        return stream_failure(
            errc::invalid_argument,
            "stream " + at.about.name + ": nothing lies at " + to_string(*from) +
                ": the partition ends at " + to_string(on.end)
        );
    return result<void>();
}

/// A writer may be at work: what it is writing shows as broken for a moment.
void look_at_slots(const stream_place& at, const path& name, std::size_t payload, log_verdict& to) {
    std::string note;
    for (unsigned turn = 0; turn < 3; ++turn) {
        auto opened = at.files->open(name, open_mode::read);
        if (!opened) return; // nobody has written yet
        slot_file slots(std::move(*opened), payload);
        auto stored = slots.load();
        note = stored ? slots.note() : stored.error().where;
        if (note.empty()) return;
    }
    to.notes.push_back(note);
}

void look_at_small_files(const stream_place& at, log_verdict& to) {
    constexpr std::size_t epoch_payload = 8;
    look_at_slots(at, at.epoch_file(), epoch_payload, to);
    for (std::uint32_t n = 0; n < at.about.partitions; ++n)
        look_at_slots(at, at.watermark_file(n), watermark_payload, to);
    const auto names = at.files->list(at.cursors());
    if (!names) return;
    for (const std::string& each : *names)
        if (is_stream_name(each))
            look_at_slots(at, at.cursors() / each, places_size(at.about.partitions), to);
}

} // namespace

result<segment_verdict> check_one_segment(
    const stream_place& at, const segment& in, const seed& with, bool last, std::uint64_t durable
) {
    log_verdict verdict;
    check_state on{at, with, verdict, in.header.base, {}, {}, {}, durable, {}, nullptr, {}};
    auto checked = check_segment(on, in, last);
    if (!checked) return checked.error();
    segment_verdict told;
    told.end = on.end;
    told.problems = std::move(verdict.problems);
    told.newer = on.newer;
    return told;
}

result<log_verdict> verify_stream(const stream_place& at, const log_verification& how) {
    const seed with = seed_of(at.about.incarnation);
    log_verdict verdict;
    read_pace pace(how.bytes_per_second, how.stop);
    const std::uint32_t begin = how.from ? how.from->partition : 0;
    for (std::uint32_t n = begin; n < at.about.partitions; ++n) {
        const std::optional<position> from = n == begin ? how.from : std::nullopt;
        auto checked = check_partition(at, n, with, pace, from, verdict);
        if (!checked) return checked.error();
        if (verdict.stopped_at) return verdict;
    }
    look_at_small_files(at, verdict);
    return verdict;
}

} // namespace sluice::log
