// engine: whether what lies at an export's place can be read: it cannot without its commits.
#include "listing_pages.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

std::string place_of(const export_folder& where) {
    return "s3://" + where.bucket + "/" + where.folder;
}

/// A claim stands before the first object does: these have been removed.
failure bereft(const export_folder& where, std::uint32_t partition) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = place_of(where) + ", partition " + std::to_string(partition) +
                ": objects lie there, but no commits, which tell what they hold: put "
                "_sluice/commits back, or take the objects as they are with import --by-listing";
    return why;
}

failure nothing_exported(const export_folder& where) {
    failure why;
    why.code = engine_errc::no_export_here;
    why.where = place_of(where) + ": only _sluice/stream.json of stream " + where.document.name +
                " lies here, no commits and no objects: nothing was exported yet, or all of it was "
                "removed";
    return why;
}

task<result<bool>>
shows_any(s3::object_store& store, const export_folder& where, std::string prefix, deadline by) {
    s3::list_request request;
    request.bucket = where.bucket;
    request.prefix = std::move(prefix);
    request.limit = 1;
    auto page = co_await store.list(request, by);
    if (!page) co_return page.error();
    co_return !page->objects.empty();
}

/// A listing that lags shows none of them.
task<result<bool>> has_commits(s3::object_store& store, const export_folder& where, deadline by) {
    auto listed = co_await shows_any(store, where, join_key(where.folder, "_sluice/commits/"), by);
    if (!listed || *listed) co_return listed;
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto first = co_await fetch_commit(store, where, n, 0, by);
        if (!first) co_return first.error();
        if (*first) co_return true;
    }
    co_return false;
}

} // namespace

task<result<void>>
check_exported(s3::object_store& store, const export_folder& where, deadline by) {
    auto commits = co_await has_commits(store, where, by);
    if (!commits) co_return commits.error();
    if (*commits) co_return result<void>();
    auto objects = co_await shows_any(store, where, join_key(where.folder, "partition="), by);
    if (!objects) co_return objects.error();
    if (!*objects) co_return nothing_exported(where);
    co_return result<void>(); // of which partition they are is told there
}

namespace {

/// Of an export: what else lies there is somebody's own.
task<result<bool>> has_objects(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
) {
    s3::list_request request;
    request.bucket = where.bucket;
    request.prefix = partition_prefix(where.folder, partition);
    const std::size_t folder = request.prefix.find("partition=");
    s3::listing_walk walk(std::move(request));
    do {
        auto page = co_await next_page(store, walk, by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            const auto name = parse_object_key(std::string_view(each.key).substr(folder));
            if (name && name->first.partition == partition) co_return true;
        }
    } while (!walk.ended());
    co_return false;
}

} // namespace

task<result<void>> check_not_bereft(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
) {
    auto objects = co_await has_objects(store, where, partition, by);
    if (!objects) co_return objects.error();
    if (!*objects) co_return result<void>();
    auto first = co_await fetch_commit(store, where, partition, 0, by);
    if (!first) co_return first.error();
    if (!*first) co_return bereft(where, partition);
    co_return result<void>(); // an export has begun meanwhile
}

task<result<partition_survey>> survey_exported(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
) {
    auto survey = co_await survey_partition(store, where, partition, by);
    if (!survey || !survey->empty()) co_return survey;
    auto checked = co_await check_not_bereft(store, where, partition, by);
    if (!checked) co_return checked.error();
    co_return std::move(survey);
}

} // namespace sluice
