// engine: which pieces of which objects an import reads, and in which order.
#include "fetch_plan.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

void add_pieces(
    std::vector<fetch_item>& items,
    const committed_object& object,
    std::uint64_t number,
    const fetch_window& within
) {
    for (std::size_t n = 0; n < object.pieces.size(); ++n) {
        const bool last = n + 1 == object.pieces.size();
        fetch_item item;
        item.first = object.pieces[n].first;
        item.next = last ? object.next : object.pieces[n + 1].first;
        const bool behind = within.until && item.first >= *within.until;
        if (item.next <= within.from || behind) continue;
        item.key = object.key;
        item.at = object.pieces[n].at;
        item.size = (last ? object.bytes : object.pieces[n + 1].at) - item.at;
        item.crc64nvme = object.pieces[n].crc64nvme;
        item.inside = n > 0;
        item.format = object.format;
        item.codec = object.codec;
        item.commit = number;
        item.piece = n;
        items.push_back(std::move(item));
    }
}

/// What lies before the gap's end is not read.
void add_gap(std::vector<fetch_item>& items, const committed_range& range, fetch_window& within) {
    const position first = std::max(range.first, within.from);
    position next = gap_end(range.next);
    if (within.until) next = std::min(next, *within.until);
    if (next <= within.from || first >= next) return;
    within.from = next;
    if (next <= within.known_gaps) return;
    fetch_item item;
    item.gap = true;
    item.why = range.why;
    item.first = first;
    item.next = next;
    items.push_back(std::move(item));
}

} // namespace

std::uint64_t bytes_together(std::uint64_t memory, unsigned at_once) {
    constexpr std::uint64_t most = std::uint64_t{7} << 20, shares_each = 4;
    constexpr std::uint64_t least = std::uint64_t{7} << 19, shares = 16;
    return std::max(
        std::min(least, memory / shares), std::min(most, memory / (shares_each * at_once))
    );
}

bool may_join(const fetch_item& before, const fetch_item& next) {
    const auto whole_blocks = [](const fetch_item& each) {
        return !each.gap && each.inside && each.format == "avro" && each.codec == "none";
    };
    return whole_blocks(before) && whole_blocks(next) && before.key == next.key &&
           before.commit == next.commit && before.at + before.size == next.at &&
           before.next == next.first;
}

void join(fetch_item& to, fetch_item next) {
    if (to.pieces.empty()) to.pieces = {to};
    to.next = next.next;
    to.crc64nvme = crc64nvme_combine(to.crc64nvme, next.crc64nvme, next.size);
    to.size += next.size;
    to.pieces.push_back(std::move(next));
}

position gap_end(position next) {
    if (next.offset == 0) return next;
    return position{next.partition, next.sequence + 1, 0};
}

bool add_fetches(
    std::vector<fetch_item>& items, const committed_range& range, fetch_window& within
) {
    if (within.until && (range.first >= *within.until || *within.until <= within.from))
        return false;
    if (range.object)
        add_pieces(items, *range.object, range.commit, within);
    else
        add_gap(items, range, within);
    return true;
}

} // namespace sluice
