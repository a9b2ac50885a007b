// engine: what lies in a partition's folder and is in force for no commit.
#include "unnamed_objects.hpp"

#include "../core/stray_rules.hpp"
#include "listing_pages.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

/// Other readers of the folder know of no commits: they would see the events of both.
void note_replaced(verification& at, const std::string& key) {
    at.report.notes.push_back(
        "s3://" + at.where.bucket + "/" + key +
        ": was replaced and still lies there: who reads the folder without the commits has its "
        "events twice; `sluice cleanup` removes it"
    );
}

std::optional<object_name> our_name(std::string_view relative, std::uint32_t partition) {
    auto name = parse_object_key(relative);
    if (name && name->first.partition != partition) name.reset();
    return name;
}

} // namespace

task<result<void>>
find_unnamed(verification& at, const tail& of, std::uint32_t partition, const named_keys& named) {
    const std::size_t folder = at.where.folder.size() + 1;
    const bool claimed = of.next_number > 0;
    bool bereft = false;
    s3::list_request request;
    request.bucket = at.where.bucket;
    request.prefix = partition_prefix(at.where.folder, partition);
    s3::listing_walk walk(request);
    do {
        auto page = co_await next_page(at.store, walk, at.by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            const std::string_view relative = std::string_view(each.key).substr(folder);
            const auto name = our_name(relative, partition);
            if (name && !claimed)
                bereft = true;
            else if (named.replaced(relative))
                note_replaced(at, each.key);
            else if (!named.contains(relative))
                at.report.strays.push_back({each.key, removal_of(name, of)});
        }
    } while (!walk.ended());
    if (!claimed) at.report.unclaimed.insert(partition);
    if (bereft) {
        auto checked = co_await check_not_bereft(at.store, at.where, partition, at.by);
        if (!checked && checked.error().code != engine_errc::damaged_object) co_return checked;
        if (!checked) {
            at.problem(checked.error().where);
            co_return result<void>();
        }
    }
    if (!claimed) at.bare.insert(partition);
    co_return result<void>();
}

} // namespace sluice
