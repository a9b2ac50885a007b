// engine: what is to be fetched of a partition, one range of bytes after the other.
#include "fetch_items.hpp"

#include "../core/value_entry.hpp"

#include <utility>

namespace sluice {

task<result<std::optional<fetch_item>>> fetch_items::next(deadline by, std::uint64_t together) {
    while (given_ == items_.size()) {
        if (ended_) co_return std::optional<fetch_item>();
        auto range = co_await ranges_.next(by);
        if (!range) co_return range.error();
        items_.clear();
        given_ = 0;
        ended_ = !*range || !add_fetches(items_, **range, within_);
    }
    fetch_item item = std::move(items_[given_++]);
    while (given_ < items_.size() && may_join(item, items_[given_]) &&
           item.size + items_[given_].size <= together)
        join(item, std::move(items_[given_++]));
    co_return std::optional<fetch_item>(std::move(item));
}

task<result<position>> find_value_entry(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    position from,
    deadline by
) {
    fetch_window here;
    here.from = from;
    fetch_items near(store, where, survey, here);
    auto holding = co_await near.next(by);
    if (!holding) co_return holding.error();
    const bool inside = *holding && begins_inside(**holding, from);
    if (!inside) co_return from;
    // Where the events begin that reach into each other's pieces only a walk from the start tells.
    fetch_window all;
    all.from = survey.first();
    fetch_items items(store, where, survey, all);
    value_entry entry(from);
    while (true) {
        auto item = co_await items.next(by);
        if (!item) co_return item.error();
        if (!*item || !entry.note(**item)) co_return entry.place();
    }
}

} // namespace sluice
