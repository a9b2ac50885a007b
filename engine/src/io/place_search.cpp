// engine: where in a stream a place lies that somebody wrote.
#include "place_search.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/stream/event.hpp>
#include <sluice/stream/format.hpp>

#include <optional>

namespace sluice {

namespace {

/// The first record of the block that is stamped `at` or later.
task<result<std::optional<position>>>
find_in_block(reader& in, const block_outline& block, std::int64_t at) {
    byte_vector body(block.body_bytes);
    auto read = co_await in.read(block, body);
    if (!read) co_return read.error();
    avro_record_cursor records(body);
    record each;
    while (!records.at_end()) {
        auto next = records.next(each);
        if (!next) co_return next.error();
        if (!each.timestamp || *each.timestamp < at) continue;
        const std::int64_t offset = each.part ? each.part->offset : 0;
        const position place{block.first.partition, each.sequence, offset};
        co_return std::optional<position>(place);
    }
    co_return std::optional<position>();
}

task<result<position>> find_time(reader& in, std::int64_t at, stream_bounds bounds) {
    position from = bounds.first;
    while (from < bounds.end) {
        auto block = co_await in.outline(from, bounds.end);
        if (!block) co_return block.error();
        if (block->next == block->first) break;
        from = block->next;
        if (!block->times || block->times->max < at) continue;
        auto found = co_await find_in_block(in, *block, at);
        if (!found) co_return found.error();
        if (*found) co_return **found;
    }
    co_return bounds.end;
}

} // namespace

task<result<std::optional<position>>>
find_place(reader& in, place what, std::uint32_t partition, stream_bounds bounds) {
    switch (what.what) {
    case place::kind::saved:
        co_return std::optional<position>();
    case place::kind::earliest:
        co_return std::optional<position>(bounds.first);
    case place::kind::latest:
        co_return std::optional<position>(bounds.end);
    case place::kind::sequence:
        co_return std::optional<position>(position{partition, what.value, 0});
    case place::kind::time:
        break;
    }
    auto found = co_await find_time(in, what.value, bounds);
    if (!found) co_return found.error();
    co_return std::optional<position>(*found);
}

} // namespace sluice
