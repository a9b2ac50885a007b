// engine: which pieces of which objects an import reads, and in which order.
#include "fetch_plan.hpp"

#include <algorithm>
#include <map>

namespace sluice {

namespace {

void add_pieces(
    std::vector<fetch_item>& items,
    const committed_object& object,
    std::uint64_t number,
    position from,
    const std::optional<position>& until
) {
    for (std::size_t n = 0; n < object.pieces.size(); ++n) {
        const bool last = n + 1 == object.pieces.size();
        fetch_item item;
        item.first = object.pieces[n].first;
        item.next = last ? object.next : object.pieces[n + 1].first;
        if (item.next <= from || (until && item.first >= *until)) continue;
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
void add_gap(
    std::vector<fetch_item>& items,
    position first,
    position next,
    std::string why,
    position& from,
    const std::optional<position>& until
) {
    first = std::max(first, from);
    next = gap_end(next);
    if (until) next = std::min(next, *until);
    if (next <= from || first >= next) return;
    from = next;
    fetch_item item;
    item.gap = true;
    item.why = std::move(why);
    item.first = first;
    item.next = next;
    items.push_back(std::move(item));
}

std::size_t items_at_most(const std::vector<commit>& commits) {
    std::size_t most = 0;
    for (const commit& each : commits) {
        ++most; // a gap
        for (const committed_object& object : each.objects)
            most += object.pieces.size();
    }
    return most;
}

} // namespace

position gap_end(position next) {
    if (next.offset == 0) return next;
    return position{next.partition, next.sequence + 1, 0};
}

std::vector<fetch_item>
plan_fetches(const std::vector<commit>& commits, position from, std::optional<position> until) {
    std::map<std::string, const committed_object*> replaced; // old key → the object in force
    std::map<std::string, std::uint64_t> expired;
    for (const commit& each : commits) {
        if (each.kind == commit_kind::replace) replaced[each.old_key] = &each.objects.front();
        for (const std::string& key : each.expired_keys)
            expired[key] = each.number;
    }
    std::vector<fetch_item> items;
    if (until && *until <= from) return items;
    items.reserve(items_at_most(commits)); // growing would need twice the room
    for (const commit& each : commits) {
        if (each.kind == commit_kind::gap)
            add_gap(items, each.gap_from, each.gap_to, each.reason, from, until);
        if (each.kind != commit_kind::objects) continue;
        for (const committed_object& object : each.objects) {
            const committed_object* in_force = &object;
            auto newer = replaced.find(in_force->key);
            for (; newer != replaced.end(); newer = replaced.find(in_force->key))
                in_force = newer->second;
            if (expired.count(in_force->key) > 0)
                add_gap(
                    items,
                    object.first,
                    object.next,
                    "removed by the bucket's lifecycle",
                    from,
                    until
                );
            else
                add_pieces(items, *in_force, each.number, from, until);
        }
    }
    return items;
}

} // namespace sluice
