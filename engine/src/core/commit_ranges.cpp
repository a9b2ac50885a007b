// engine: the ranges that one commit tells of.
#include "commit_ranges.hpp"

#include <utility>

namespace sluice {

namespace {

void put_object(committed_range& range, committed_object object, const partition_survey& all) {
    range.first = object.first;
    range.next = object.next;
    range.expired = all.is_expired(object.key);
    range.object = std::make_shared<const committed_object>(std::move(object));
    range.gone.reset();
    range.why.clear();
    if (!range.expired) return;
    range.gone.swap(range.object);
    range.why = "removed by the bucket's lifecycle";
}

} // namespace

std::vector<committed_range> ranges_of(commit what, const partition_survey& all) {
    std::vector<committed_range> ranges;
    if (what.kind == commit_kind::gap) {
        committed_range gap;
        gap.first = what.gap_from;
        gap.next = what.gap_to;
        gap.why = std::move(what.reason);
        gap.commit = what.number;
        ranges.push_back(std::move(gap));
    }
    if (what.kind != commit_kind::objects) return ranges;
    for (committed_object& object : what.objects) {
        committed_range range;
        range.commit = what.number;
        range.replaced_by = all.replacement(object.first);
        put_object(range, std::move(object), all);
        ranges.push_back(std::move(range));
    }
    return ranges;
}

void put_in_place(committed_range& range, committed_object newer, const partition_survey& all) {
    range.replaced_by.reset();
    range.replaced = true;
    put_object(range, std::move(newer), all);
}

} // namespace sluice
