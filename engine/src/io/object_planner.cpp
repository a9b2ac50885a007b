// engine: cuts one object into parts, with sizes and checksums known before a byte is sent.
#include "object_planner.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/values.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

object_planner::object_planner(block_source& from, const object_rules& rules)
    : from_(from), rules_(rules), layout_(rules.first, rules.target_bytes, from.header_shape()) {
    rest_.header = true;
    rest_.block = std::make_shared<const block_shape>(from.header_shape());
    rest_.end = rest_.block->bytes;
}

task<result<object_room>> object_planner::room() {
    if (rules_.room) {
        auto asked = rules_.room(layout_);
        co_return co_await std::move(asked);
    }
    co_return object_room{rules_.sealed_at.value_or(from_.end()), true};
}

/// The next block up to `end`, or, where objects are cut at exact bytes, as much of it as there is
/// room for.
task<result<shared_shape>> object_planner::next_block(position end) {
    auto shaped = co_await from_.shape(layout_.next(), end);
    const bool exact = cut_at_bytes(from_.encoding()) && !rules_.sealed_at;
    if (!shaped || !exact) co_return shaped;
    const std::uint64_t target =
        std::max(rules_.target_bytes, least_object_bytes(from_.encoding().format));
    const std::uint64_t room = target - layout_.bytes();
    if ((*shaped)->bytes <= room) co_return shaped;
    auto cut = co_await from_.cut(**shaped, room);
    co_return cut;
}

/// Makes the next block of the object the current one, or finds that there is none.
task<result<void>> object_planner::load_block() {
    auto may = co_await room();
    if (!may) co_return may.error();
    if (layout_.next() == may->end) {
        no_more_blocks_ = true;
        co_return result<void>();
    }
    auto shaped = co_await next_block(may->end);
    if (!shaped) co_return shaped.error();
    const block_shape& block = **shaped;
    const bool nothing_there = block.outline.next == block.outline.first;
    if (nothing_there || !layout_.accepts(block)) {
        no_more_blocks_ = true;
        co_return result<void>();
    }
    layout_.add(block);
    rest_ = slice();
    rest_.block = *shaped;
    rest_.end = block.bytes;
    prefix_crc_ = 0;
    const bool full = !rules_.sealed_at && layout_.full();
    no_more_blocks_ = full || (may->cut && layout_.next() == may->end);
    co_return result<void>();
}

/// An object without blocks is none: the first block is known before anything of the header is
/// given away, which may fill parts by itself.
task<result<void>> object_planner::load_first_block() {
    slice header = std::move(rest_);
    rest_ = slice();
    auto loaded = co_await load_block();
    if (!loaded) co_return loaded;
    first_block_ = std::exchange(rest_, std::move(header));
    co_return loaded;
}

task<result<std::uint64_t>> object_planner::slice_crc(const slice& cut) {
    const std::uint64_t size = cut.end - cut.begin;
    if (size == cut.block->bytes) co_return cut.block->crc64nvme;
    // The end of a block follows from the whole and the beginning; only a beginning must be looked
    // at.
    if (cut.end == cut.block->bytes)
        co_return crc64nvme_suffix(cut.block->crc64nvme, prefix_crc_, size);
    if (cut.header) co_return crc64nvme(bytes_view(from_.object_header()).subspan(cut.begin, size));
    const std::uint64_t begin = cut.block->skipped + cut.begin;
    auto crc = co_await from_.crc_within(*cut.block, begin, begin + size);
    co_return crc;
}

/// Moves up to `room` bytes of the current block into the part.
task<result<void>> object_planner::take(planned_part& part, std::uint64_t room) {
    slice cut = rest_;
    cut.end = std::min(rest_.end, rest_.begin + room);
    auto crc = co_await slice_crc(cut);
    if (!crc) co_return crc.error();
    const std::uint64_t size = cut.end - cut.begin;
    prefix_crc_ = crc64nvme_combine(prefix_crc_, *crc, size);
    part.crc64nvme = crc64nvme_combine(part.crc64nvme, *crc, size);
    part.size += size;
    object_crc_ = crc64nvme_combine(object_crc_, *crc, size);
    object_bytes_ += size;
    rest_.begin = cut.end;
    part.slices.push_back(std::move(cut));
    co_return result<void>();
}

/// Blocks and parts of blocks, until the part is full or the object ends.
task<result<void>> object_planner::fill(planned_part& part) {
    while (part.size < rules_.part_size) {
        if (rest_.begin < rest_.end) {
            auto taken = co_await take(part, rules_.part_size - part.size);
            if (!taken) co_return taken.error();
        } else if (first_block_) {
            rest_ = *std::exchange(first_block_, std::nullopt);
            prefix_crc_ = 0;
        } else {
            if (no_more_blocks_) break;
            if (turn_.due()) co_await boost::asio::post(use_awaitable);
            auto loaded = co_await load_block();
            if (!loaded) co_return loaded.error();
        }
    }
    co_return result<void>();
}

/// The first byte that no part has yet belongs to the block that begins here, or ends before it.
position object_planner::reached() const {
    if (first_block_) return layout_.first();
    return rest_.begin < rest_.end ? rest_.block->outline.first : layout_.next();
}

task<result<std::optional<planned_part>>> object_planner::next() {
    using answer = std::optional<planned_part>;
    if (finished_) co_return answer();
    if (parts_ == 0) {
        auto loaded = co_await load_first_block();
        if (!loaded) co_return loaded.error();
        finished_ = !layout_.has_blocks();
        if (finished_) co_return answer();
    }
    planned_part part;
    part.number = ++parts_;
    auto filled = co_await fill(part);
    if (!filled) co_return filled.error();
    // A full part may be the last one: look ahead, so that no empty part follows. Blocks of `raw`
    // may have no bytes.
    const auto all_taken = [this] { return !first_block_ && rest_.begin == rest_.end; };
    while (rules_.look_ahead && !no_more_blocks_ && all_taken()) {
        auto loaded = co_await load_block();
        if (!loaded) co_return loaded.error();
    }
    part.last = no_more_blocks_ && all_taken();
    finished_ = part.last;
    if (part.size == 0) co_return answer();
    const bool inside = rest_.begin < rest_.end;
    part.after.number = part.number;
    part.after.size = part.size;
    part.after.crc64nvme = part.crc64nvme;
    part.after.block = reached();
    part.after.offset_in_block = inside ? rest_.begin : 0;
    part.after.block_prefix_crc64 = inside ? prefix_crc_ : 0;
    part.after.object_crc64 = object_crc_;
    part.after.object_bytes = object_bytes_;
    co_return answer(std::move(part));
}

} // namespace sluice
