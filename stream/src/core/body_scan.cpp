// stream: one walk over a body: structure, order, and what the records add up to.
#include "body_scan.hpp"

#include "avro_record.hpp"
#include "malformed.hpp"
#include "usual_record.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace sluice {

namespace {

const char* wrong_with_order(const position& next, const record& each) {
    const position at = position_of(next.partition, each);
    if (next.offset != 0) return at == next && each.part ? nullptr : "an open event does not go on";
    if (at.offset != 0) return "a fragment continues no event";
    return at.sequence < next.sequence ? "a sequence does not rise" : nullptr;
}

void count(record_batch& batch, const record& each) {
    const position at = position_of(batch.next.partition, each);
    if (batch.records == 0) batch.first = at;
    ++batch.records;
    if (at.offset == 0) ++batch.events;
    batch.last_sequence = each.sequence;
    batch.next = position_after(at.partition, each);
}

/// The times of a batch while it is walked through: compared where they lie.
class times_seen {
  public:
    void note(const std::optional<std::int64_t>& time) {
        if (!time) return;
        min_ = std::min(min_, *time);
        max_ = std::max(max_, *time);
        any_ = true;
    }
    std::optional<time_range> range() const {
        if (!any_) return std::nullopt;
        return time_range{min_, max_};
    }

  private:
    std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t max_ = std::numeric_limits<std::int64_t>::min();
    bool any_ = false;
};

failure wrong_record(std::size_t at, const char* why) {
    return malformed("Avro record at byte " + std::to_string(at) + ": " + why);
}

failure record_too_large(std::size_t at) {
    failure why = wrong_record(at, "it does not fit a batch of 4 MiB");
    why.code = stream_errc::too_large;
    return why;
}

/// Walks over usual records that stand in order, as far as they fit a batch.
void walk_usual(bytes_view body, avro_wire::source& from, record_batch& batch, times_seen& times) {
    if (batch.next.offset != 0) return;
    usual_records usual(body);
    const std::size_t most = std::min(body.size(), max_batch_bytes);
    const position first = batch.next;
    std::size_t end = from.offset();
    std::uint32_t found = 0;
    std::int64_t next = first.sequence, begin = first.sequence;
    usual_record each;
    while (usual.look(body.data() + end, each) && each.sequence >= next) {
        if (end + each.size > most) break;
        end += each.size;
        // Records are often of one size: the beginning of the one after the next is asked for now.
        __builtin_prefetch(body.data() + std::min(end + each.size, body.size()));
        if (found++ == 0) begin = each.sequence;
        next = each.sequence + 1;
        times.note(each.timestamp);
    }
    if (found == 0) return;
    if (batch.records == 0) batch.first = position{first.partition, begin, 0};
    batch.records += found;
    batch.events += found;
    batch.last_sequence = next - 1;
    batch.next.sequence = next;
    from.skip(end - from.offset());
}

} // namespace

result<record_batch> scan_batch(bytes_view body, position next, batch_cut cut) {
    record_batch batch;
    batch.first = next;
    batch.next = next;
    batch.last_sequence = next.sequence - 1;
    record each;
    times_seen times;
    avro_wire::source from(body);
    std::size_t end = 0;
    while (true) {
        walk_usual(body, from, batch, times);
        end = from.offset();
        if (from.at_end()) break;
        if (!take_record(from, each, header_list::dropped)) return wrong_record(end, from.wrong());
        if (cut == batch_cut::fits) {
            const bool too_large = from.offset() > max_batch_bytes;
            if (batch.records > 0 && (too_large || each.part)) break;
            if (too_large) return record_too_large(end);
        }
        if (const char* wrong = wrong_with_order(batch.next, each)) return wrong_record(end, wrong);
        count(batch, each);
        times.note(each.timestamp);
        end = from.offset();
        if (cut == batch_cut::fits && each.part) break;
    }
    batch.body = body.first(end);
    batch.times = times.range();
    return batch;
}

result<record_batch> describe_body(bytes_view body, position first) {
    auto batch = scan_batch(body, first, batch_cut::at_end);
    if (batch) batch->body_crc64 = crc64nvme(body);
    return batch;
}

result<record_batch> describe_body(bytes_view body, position first, std::uint64_t body_crc64) {
    auto batch = scan_batch(body, first, batch_cut::at_end);
    if (batch) batch->body_crc64 = body_crc64;
    return batch;
}

result<std::uint64_t> last_record_crc64(bytes_view body, const position& next) {
    avro_record_cursor records(body);
    record each;
    std::size_t begin = 0, end = 0;
    while (!records.at_end()) {
        const std::size_t at = records.offset();
        auto read = records.next(each);
        if (!read) return read.error();
        if (position_of(next.partition, each) >= next) break;
        begin = at;
        end = records.offset();
    }
    return crc64nvme(body.subspan(begin, end - begin));
}

} // namespace sluice
