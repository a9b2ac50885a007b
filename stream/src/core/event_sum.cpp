// stream: whether an event that comes in fragments is what its last fragment says.
#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/format.hpp>

#include <string>

namespace sluice {

result<void> event_sum::take_fragment(const record& each) {
    if (each.part->offset == 0) {
        open_ = true;
        sequence_ = each.sequence;
        length_ = 0;
        crc_ = 0;
    }
    open_ = open_ && each.sequence == sequence_ && each.part->offset <= length_;
    if (!open_) return result<void>();
    if (each.part->offset < length_) return take_again(each);
    if (each.value) {
        crc_ = crc64nvme(*each.value, crc_);
        length_ += static_cast<std::int64_t>(each.value->size());
    }
    if (!each.part->last) return result<void>();
    open_ = false;
    if (each.part->last->length == length_ && each.part->last->crc64nvme == crc_)
        return result<void>();
    failure why;
    why.code = stream_errc::damaged;
    why.where = "event " + std::to_string(sequence_) + ": its " + std::to_string(length_) +
                " bytes, put together, do not have the length and CRC64 that its last fragment "
                "tells";
    return why;
}

/// A reading that goes on inside an event may come by what was counted already.
result<void> event_sum::take_again(const record& each) {
    const auto size = static_cast<std::int64_t>(each.value ? each.value->size() : 0);
    open_ = each.part->offset + size <= length_;
    return result<void>();
}

result<void> event_sum::take(const record_batch& batch) {
    // What continues an event is the first record of its batch, what leaves one open is the last.
    const bool alone = batch.records == 1; // it may be its event's first fragment, and the last
    if (!alone && batch.first.offset == 0 && batch.next.offset == 0) {
        if (batch.records > 0) open_ = false;
        return result<void>();
    }
    avro_record_cursor records(batch.body);
    record each;
    while (!records.at_end()) {
        auto read = records.next(each);
        if (read) read = take(each);
        if (!read) return read;
    }
    return result<void>();
}

} // namespace sluice
