// stream: Avro blocks that are received into the memory from which they are appended.
#include "avro_wire.hpp"
#include "body_scan.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/block_arrival.hpp>

#include <algorithm>

namespace sluice {

namespace {

std::size_t up_to(std::size_t size, std::size_t multiple) {
    return (size + multiple - 1) / multiple * multiple;
}

} // namespace

std::size_t block_arrival::memory_for(std::uint64_t size) const {
    constexpr std::uint64_t usual_block = 64 << 10; // smaller ones do without a frame
    const std::size_t around = shape_.before + room_behind_ + shape_.unit;
    return size + (size / usual_block + 2) * around + 2 * shape_.block;
}

void block_arrival::begin(
    bytes_span memory, std::uint64_t size, const format_context& context, position first
) {
    memory_ = memory;
    size_ = size;
    taken_ = 0;
    sync_ = avro_sync_marker(context);
    next_ = first;
    crc_ = 0;
    odd_ = in_body_ = false;
    sync_expected_ = between_ = used_ = 0;
    batches_.clear();
}

bytes_span block_arrival::room(std::size_t most) {
    most = static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - taken_));
    if (odd_) return memory_.first(std::min(most, memory_.size()));
    if (in_body_)
        return memory_.subspan(body_at_ + body_taken_, std::min(most, body_size_ - body_taken_));
    const std::size_t least = sync_expected_ + 2; // two numbers of one byte each
    const std::size_t wanted = between_ < least ? least - between_ : 1;
    return bytes_span(waiting_).subspan(between_, std::min(most, wanted));
}

void block_arrival::took(std::size_t n) {
    taken_ += n;
    if (odd_) {
        crc_ = sluice::crc64nvme(memory_.first(n), crc_);
    } else if (in_body_) {
        body_crc_ = sluice::crc64nvme(memory_.subspan(body_at_ + body_taken_, n), body_crc_);
        body_taken_ += n;
        if (body_taken_ == body_size_) end_body();
    } else {
        crc_ = sluice::crc64nvme(bytes_view(waiting_).subspan(between_, n), crc_);
        between_ += n;
        look_between();
    }
}

/// A sync marker, but before the first block; then, but behind the last one, two numbers.
void block_arrival::look_between() {
    if (between_ < sync_expected_) return;
    const auto sync_end = waiting_.begin() + static_cast<std::ptrdiff_t>(sync_expected_);
    odd_ = !std::equal(waiting_.begin(), sync_end, sync_.begin());
    if (odd_ || (taken_ == size_ && between_ == sync_size)) return;
    avro_wire::source numbers(
        bytes_view(waiting_).subspan(sync_expected_, between_ - sync_expected_)
    );
    const std::int64_t records = numbers.take_long();
    const std::int64_t size = numbers.take_long();
    const bool more = numbers.needed() != 0 && between_ < waiting_.size() && taken_ < size_;
    if (numbers.wrong() != nullptr) {
        odd_ = !more;
        return;
    }
    const std::uint64_t left = size_ - taken_;
    odd_ = records <= 0 || size <= 0 || static_cast<std::uint64_t>(size) + sync_size > left;
    if (!odd_) begin_body(static_cast<std::uint64_t>(records), static_cast<std::uint64_t>(size));
}

/// In a frame where memory allows it: what is left must find its place, too.
void block_arrival::begin_body(std::uint64_t records, std::uint64_t size) {
    const bool goes_on = !batches_.empty() && !batches_.back().frame.empty();
    const std::size_t at = goes_on ? used_ : up_to(used_, shape_.block);
    const std::size_t end = at + up_to(shape_.before + size + room_behind_, shape_.unit);
    const std::uint64_t behind = size_ - taken_ - size;
    frame_size_ = end + shape_.block + behind <= memory_.size() ? end - at : 0;
    frame_at_ = at;
    body_at_ = frame_size_ > 0 ? at + shape_.before : used_;
    used_ = frame_size_ > 0 ? end : used_ + size;
    body_size_ = size;
    body_records_ = records;
    body_taken_ = 0;
    body_crc_ = 0;
    in_body_ = true;
}

void block_arrival::end_body() {
    crc_ = crc64nvme_combine(crc_, body_crc_, body_size_);
    in_body_ = false;
    sync_expected_ = sync_size;
    between_ = 0;
    describe(memory_.subspan(body_at_, body_size_));
    if (size_ - taken_ > sync_size || batches_.empty() || batches_.back().frame.empty()) return;
    // What is appended next begins with a block of the device.
    bytes_span& last = batches_.back().frame;
    last = {last.data(), last.size() + up_to(used_, shape_.block) - used_};
}

/// Mostly one batch, which then stays where it is.
void block_arrival::describe(bytes_view body) {
    const bytes_view whole = body;
    std::uint64_t records = 0;
    while (!body.empty() && !odd_) {
        auto batch = scan_batch(body, next_, batch_cut::fits);
        odd_ = !batch;
        if (odd_) return;
        framed one;
        one.batch = std::move(*batch);
        const bool alone = one.batch.body.size() == whole.size();
        one.batch.body_crc64 = alone ? body_crc_ : sluice::crc64nvme(one.batch.body);
        if (alone && frame_size_ > 0) one.frame = memory_.subspan(frame_at_, frame_size_);
        records += one.batch.records;
        next_ = one.batch.next;
        body = body.subspan(one.batch.body.size());
        batches_.push_back(std::move(one));
    }
    odd_ = records != body_records_;
}

} // namespace sluice
