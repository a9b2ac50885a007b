// engine: what runs left behind in an export's folder and nobody can use any more.
#include "../core/named_keys.hpp"
#include "../core/stray_rules.hpp"
#include "borrowed_claim.hpp"
#include "listing_pages.hpp"
#include "upload_removal_io.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/cleanup.hpp>
#include <sluice/engine/error.hpp>

#include <string_view>
#include <utility>

namespace sluice {

namespace {

struct cleaning {
    s3::object_store& store;
    const export_folder& where;
    const cleanup_options& options;
    const std::function<void(const stray&)>& removing;
    deadline by;
    cleanup_report report;
};

/// What is known of one partition, read before anything is listed: what is listed later and is of
/// an epoch beyond it is left alone.
struct partition_view {
    std::uint32_t partition = 0;
    tail at;
    named_keys named;
};

struct sorted_strays {
    std::vector<stray> removable, held;
};

task<result<partition_view>> view_partition(cleaning& at, std::uint32_t partition) {
    partition_view view;
    view.partition = partition;
    const std::function<void(const commit&)> name = [&view](const commit& each) {
        view.named.note(each);
    };
    auto survey = co_await survey_partition(at.store, at.where, partition, at.by, name);
    if (!survey) co_return survey.error();
    view.at = tail_of(*survey);
    co_return std::move(view);
}

bool is_old_enough(const cleaning& at, const stray& each) {
    if (!each.since) return false; // a store that tells no time: nothing is known to be old
    const std::chrono::microseconds age(at.options.now - *each.since);
    return age >= at.options.older_than;
}

void sort_in(cleaning& at, const partition_view& view, stray each, sorted_strays& into) {
    const std::string_view relative = std::string_view(each.key).substr(at.where.folder.size() + 1);
    const auto name = parse_object_key(relative);
    const bool ours = name && name->first.partition == view.partition;
    const bool named = ours && view.named.contains(relative);
    if (!ours || (named && each.upload_id.empty())) return;
    // An upload beside the committed object is that of a creation whose answer was lost: the second
    // try's upload became the object, and its holder does not know of this one.
    // What was replaced is in force for nobody, whoever holds the claim.
    const bool over = named || view.named.replaced(relative);
    const stray_fate fate = over ? stray_fate::remove : fate_of(*name, view.at);
    if (fate == stray_fate::leave) return;
    if (!is_old_enough(at, each))
        at.report.young.push_back(std::move(each));
    else if (fate == stray_fate::remove)
        into.removable.push_back(std::move(each));
    else
        into.held.push_back(std::move(each));
}

task<result<void>> list_uploads(cleaning& at, const partition_view& view, sorted_strays& into) {
    s3::list_uploads_request request;
    request.bucket = at.where.bucket;
    request.prefix = partition_prefix(at.where.folder, view.partition);
    auto uploads = co_await at.store.list_uploads(request, at.by);
    if (!uploads) co_return uploads.error();
    for (const s3::open_upload& each : *uploads) {
        stray found;
        found.key = each.key;
        found.upload_id = each.upload_id;
        found.since = parse_timestamp(each.initiated);
        sort_in(at, view, std::move(found), into);
    }
    co_return result<void>();
}

stray stray_of(const s3::listed_object& each) {
    stray found;
    found.key = each.key;
    found.bytes = each.size;
    found.since = parse_timestamp(each.last_modified);
    return found;
}

task<result<void>> list_objects(cleaning& at, const partition_view& view, sorted_strays& into) {
    s3::list_request request;
    request.bucket = at.where.bucket;
    request.prefix = partition_prefix(at.where.folder, view.partition);
    s3::listing_walk walk(request);
    do {
        auto page = co_await next_page(at.store, walk, at.by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects)
            sort_in(at, view, stray_of(each), into);
    } while (!walk.ended());
    co_return result<void>();
}

task<result<void>> remove_all(cleaning& at, std::vector<stray>& strays) {
    for (stray& each : strays) {
        if (at.removing) at.removing(each);
        result<void> removed;
        if (at.options.dry_run)
            removed = result<void>();
        else if (each.upload_id.empty())
            removed = co_await at.store.remove(at.where.bucket, each.key, at.by);
        else
            removed =
                co_await remove_upload(at.store, at.where.bucket, each.key, each.upload_id, at.by);
        if (!removed) co_return removed.error();
        at.report.removed.push_back(std::move(each));
    }
    co_return result<void>();
}

/// Takes the claim, so that nothing of the epochs before can be named any more, removes what they
/// left, and releases it.
task<result<void>> remove_held(cleaning& at, const partition_view& view, sorted_strays& strays) {
    if (strays.held.empty()) co_return result<void>();
    if (!at.options.take_over) {
        for (stray& each : strays.held)
            at.report.held.push_back(std::move(each));
        co_return result<void>();
    }
    const std::string holder =
        view.at.claim->claim.transfer + " (" + view.at.claim->claim.owner + ")";
    const std::string taken = "partition " + std::to_string(view.partition) + ", from " + holder;
    if (at.options.dry_run) {
        at.report.taken.push_back(taken);
        auto told = co_await remove_all(at, strays.held);
        co_return told;
    }
    auto claimed = co_await borrow_claim(at.store, at.where, view.at);
    if (!claimed) co_return claimed.error();
    at.report.taken.push_back(taken);
    auto removed = co_await remove_all(at, strays.held);
    auto returned = co_await return_claim(at.store, at.where, *claimed);
    if (!removed) co_return removed.error();
    co_return returned;
}

task<result<void>> clean_partition(cleaning& at, std::uint32_t partition) {
    auto view = co_await view_partition(at, partition);
    if (!view) co_return view.error();
    sorted_strays strays;
    auto uploads = co_await list_uploads(at, *view, strays);
    if (!uploads) co_return uploads.error();
    auto objects = co_await list_objects(at, *view, strays);
    if (!objects) co_return objects.error();
    auto removed = co_await remove_all(at, strays.removable);
    if (!removed) co_return removed.error();
    auto held = co_await remove_held(at, *view, strays);
    co_return held;
}

/// A random name, alone or the first of a path.
bool is_probe_name(std::string_view name) {
    const std::size_t end = name.find_first_not_of("0123456789abcdef");
    return end == std::string_view::npos ? name.size() == 32 : end == 32 && name[end] == '/';
}

task<result<void>> find_probe_uploads(cleaning& at, std::vector<stray>& left) {
    s3::list_uploads_request request;
    request.bucket = at.where.bucket;
    request.prefix = join_key(at.where.folder, "_sluice/probe/");
    auto uploads = co_await at.store.list_uploads(request, at.by);
    if (!uploads) co_return uploads.error();
    for (const s3::open_upload& each : *uploads) {
        if (!is_probe_name(std::string_view(each.key).substr(request.prefix.size()))) continue;
        stray found;
        found.key = each.key;
        found.upload_id = each.upload_id;
        found.since = parse_timestamp(each.initiated);
        (is_old_enough(at, found) ? left : at.report.young).push_back(std::move(found));
    }
    co_return result<void>();
}

/// A probe removes what it wrote, unless it was killed.
task<result<void>> clean_probes(cleaning& at) {
    s3::list_request request;
    request.bucket = at.where.bucket;
    request.prefix = join_key(at.where.folder, "_sluice/probe/");
    std::vector<stray> left;
    s3::listing_walk walk(request);
    do {
        auto page = co_await next_page(at.store, walk, at.by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            stray found = stray_of(each);
            if (!is_probe_name(std::string_view(each.key).substr(request.prefix.size()))) continue;
            (is_old_enough(at, found) ? left : at.report.young).push_back(std::move(found));
        }
    } while (!walk.ended());
    auto uploads = co_await find_probe_uploads(at, left);
    if (!uploads) co_return uploads.error();
    auto removed = co_await remove_all(at, left);
    co_return removed;
}

} // namespace

task<result<cleanup_report>> clean_up(
    s3::object_store& store,
    const export_folder& where,
    const cleanup_options& options,
    const std::function<void(const stray&)>& removing,
    deadline by
) {
    cleaning at{store, where, options, removing, by, cleanup_report()};
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto cleaned = co_await clean_partition(at, n);
        if (!cleaned) co_return cleaned.error();
    }
    auto probes = co_await clean_probes(at);
    if (!probes) co_return probes.error();
    co_return std::move(at.report);
}

} // namespace sluice
