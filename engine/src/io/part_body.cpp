// engine: the bytes of one part, block by block, from the cache or from the stream.
#include "part_body.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice {

namespace {

void release_if_ended(block_source& from, const slice& each) {
    if (!each.header && each.end == each.block->bytes) from.used(*each.block);
}

} // namespace

/// Of bytes that are sent: whether no try before this one has sent them.
bool part_body::for_the_first_time() const {
    return sent_ && pass_ >= sent_->sending_pass && slice_ >= sent_->released;
}

task<result<shared_block>> part_body::load(const slice& from) {
    const bool in_step = for_the_first_time() && sent_->seat && *sent_->seat;
    const bool first = sent_ && sent_->passes == 1;
    const auto by = first ? sent_->verified : block_source::verified::here;
    auto loading = in_step ? sent_->seat->take(part_.number, *from.block, by)
                           : from_.bytes_once(*from.block, by);
    co_return co_await std::move(loading);
}

task<result<bytes_view>> part_body::next(std::size_t most) {
    while (slice_ < part_.slices.size()) {
        const slice& current = part_.slices[slice_];
        const std::uint64_t left = current.end - current.begin - at_;
        if (left == 0) {
            leave_slice();
            continue;
        }
        if (!current.header && !block_) {
            auto loaded = co_await load(current);
            if (!loaded) co_return loaded.error();
            block_ = std::move(*loaded);
        }
        const bytes_view whole =
            current.header ? bytes_view(from_.object_header()) : block_->view();
        const std::uint64_t size = std::min<std::uint64_t>(left, most);
        const bytes_view some = whole.subspan(current.block->skipped + current.begin + at_, size);
        at_ += size;
        co_return some;
    }
    co_return bytes_view();
}

void part_body::leave_slice() {
    block_.reset();
    ++slice_;
    at_ = 0;
    if (!sent_ || pass_ < sent_->sending_pass || slice_ <= sent_->released) return;
    sent_->released = slice_;
    const slice& left = part_.slices[slice_ - 1];
    release_if_ended(from_, left);
    if (!left.header && sent_->seat) sent_->seat->passed(part_.number, *left.block);
}

void part_body::rewind() {
    ++pass_;
    if (sent_) ++sent_->passes;
    slice_ = 0;
    at_ = 0;
    block_.reset();
}

void part_body::leaves_by(const s3::outlet* way) {
    if (sent_ && sent_->seat) sent_->seat->leaves_by(part_.number, way);
}

task<result<s3::checksum>>
checksum_of_part(block_source& from, const planned_part& part, s3::checksum::kind algorithm) {
    s3::checksum sum;
    sum.algorithm = algorithm;
    sum.value = part.crc64nvme;
    if (algorithm != s3::checksum::kind::crc32c) co_return sum;
    part_body body(from, part);
    std::uint32_t crc = 0;
    while (true) {
        auto some = co_await body.next(std::size_t{1} << 20);
        if (!some) co_return some.error();
        if (some->empty()) break;
        crc = crc32c(*some, crc);
    }
    sum.value = crc;
    co_return sum;
}

void release_blocks(block_source& from, const planned_part& part, std::size_t told) {
    for (std::size_t n = told; n < part.slices.size(); ++n)
        release_if_ended(from, part.slices[n]);
}

} // namespace sluice
