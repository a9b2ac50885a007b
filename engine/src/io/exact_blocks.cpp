// engine: blocks of objects that are cut at exact bytes, where they begin and end inside events.
#include "block_source.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/values.hpp>

namespace sluice {

namespace {

position behind_event(const position& place) {
    if (place.offset == 0) return place;
    return position{place.partition, place.sequence + 1, 0};
}

position beginning_of_event(const position& place) {
    return position{place.partition, place.sequence, 0};
}

} // namespace

/// The whole block that holds `from`, which may lie inside an event. The stream is asked for events
/// and fragments only: where in one it lies is told from the event's beginning on.
task<result<shared_shape>> block_source::shape_around(position from, position end) {
    const auto behind = shapes_.upper_bound(from);
    if (behind != shapes_.begin()) {
        const shared_shape& known = std::prev(behind)->second;
        const block_outline& outline = known->outline;
        const bool holds_it = from < outline.next && outline.next <= end;
        if (holds_it && (outline.on_grid || outline.next == end)) co_return known;
    }
    position at = beginning_of_event(from);
    while (at < from) {
        auto outline = co_await from_.outline(at, end);
        if (!outline) co_return outline.error();
        if (outline->next == outline->first || outline->next > from) break;
        at = outline->next;
    }
    auto whole = co_await whole_shape(at, end);
    co_return whole;
}

task<result<shared_shape>> block_source::exact_shape(position from, position end) {
    auto whole = co_await shape_around(from, behind_event(end));
    if (!whole) co_return whole.error();
    const block_outline& outline = (*whole)->outline;
    const position to = std::min(outline.next, end);
    if (outline.first == from && outline.next == to) co_return whole;
    if (outline.next == outline.first || from >= to) {
        block_shape nothing;
        nothing.outline.first = nothing.outline.next = from;
        co_return std::make_shared<const block_shape>(std::move(nothing));
    }
    auto part = co_await part_of(**whole, from, to);
    co_return part;
}

task<result<shared_shape>> block_source::cut(const block_shape& shape, std::uint64_t room) {
    auto body = co_await body_of(shape.whole());
    if (!body) co_return body.error();
    auto place =
        place_at_byte(encoding_.format, body->view(), shape.whole().first, shape.skipped + room);
    if (!place) co_return place.error();
    block_shape whole;
    whole.outline = shape.whole();
    auto part = co_await part_of(whole, shape.outline.first, std::max(*place, shape.outline.first));
    co_return part;
}

task<result<buffer>> block_source::body_of(const block_outline& outline) {
    buffer body(outline.body_bytes);
    auto read = co_await from_.read(outline, body.span());
    if (!read) co_return read.error();
    bytes_read_ += outline.body_bytes;
    co_return body;
}

/// `[from, to)` of a block.
task<result<shared_shape>>
block_source::part_of(const block_shape& whole, position from, position to) {
    auto body = co_await body_of(whole.outline);
    if (!body) co_return body.error();
    auto range = values_between(encoding_.format, body->view(), from, to);
    if (!range) co_return range.error();
    block_shape part;
    part.outline.first = from;
    part.outline.next = to;
    part.outline.events = range->events;
    part.outline.times = range->times;
    part.outline.on_grid = whole.outline.on_grid && to == whole.outline.next;
    part.cut_from = whole.outline;
    part.skipped = range->begin;
    // The cache may hold the block; what it is compared with is only known afterwards.
    shared_block block = cache_.find(cache_key(whole.outline));
    if (!block) {
        auto made = co_await make(whole.outline, users_);
        if (!made) co_return made.error();
        block = *made;
    }
    part.bytes = range->end - range->begin;
    part.crc64nvme = crc64nvme(block->view().subspan(part.skipped, part.bytes));
    co_return std::make_shared<const block_shape>(std::move(part));
}

} // namespace sluice
