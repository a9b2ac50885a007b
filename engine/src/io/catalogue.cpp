// engine: reading what an export left in a bucket.
#include "../core/commit_order.hpp"
#include "../core/commit_page.hpp"
#include "commit_log.hpp"
#include "small_object.hpp"
#include "transfer_run.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <map>
#include <set>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t largest_document = std::uint64_t{8}
                                           << 20; // a commit names at most a few hundred pieces

task<result<std::optional<export_folder>>>
read_folder(s3::object_store& store, std::string bucket, std::string folder, deadline by) {
    auto bytes =
        co_await fetch_small(store, bucket, stream_document_key(folder), largest_document, by);
    if (!bytes) co_return bytes.error();
    if (!*bytes) co_return std::optional<export_folder>();
    auto document = decode_stream_document(**bytes);
    if (!document) {
        failure why = document.error();
        why.where = "s3://" + bucket + "/" + stream_document_key(folder) + ": " + why.where;
        co_return why;
    }
    export_folder found;
    found.bucket = std::move(bucket);
    found.folder = std::move(folder);
    found.document = std::move(*document);
    co_return std::optional<export_folder>(std::move(found));
}

/// `_sluice` and `partition=N` lie inside an export; no export lies there.
bool is_own_folder(std::string_view folder) {
    const std::string_view name = folder.substr(folder.rfind('/') + 1);
    return name == "_sluice" || name.substr(0, 10) == "partition=";
}

failure nothing_below(const std::string& bucket, const std::string& prefix) {
    failure why;
    why.code = engine_errc::no_export_here;
    why.where =
        "s3://" + bucket + "/" + prefix +
        ": no export lies here or directly below; name the folder that `sluice export` was given";
    return why;
}

failure several_below(
    const std::string& bucket, const std::string& prefix, const std::vector<export_folder>& found
) {
    failure why;
    why.code = engine_errc::ambiguous_prefix;
    why.where = "s3://" + bucket + "/" + prefix + ": several exports lie below; name one of";
    for (const export_folder& each : found)
        why.where += " s3://" + bucket + "/" + each.folder;
    return why;
}

/// The commits of a page that can be used; none: they are to be read by number, for a page is only
/// a shorter way. Errors: what the store says of itself.
task<result<std::vector<commit>>> fetch_page(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t first,
    const commit_order& order,
    deadline by
) {
    const std::vector<commit> unusable;
    auto bytes = co_await fetch_small(
        store, where.bucket, page_key(where.folder, partition, first), largest_page, by
    );
    if (!bytes && is_transient(bytes.error())) co_return bytes.error();
    if (!bytes || !*bytes) co_return unusable;
    auto page = decode_page(**bytes, partition, first);
    if (!page) co_return unusable;
    commit_order follows = order;
    for (const commit& each : *page)
        if (follows.breaks(each)) co_return unusable;
    co_return std::move(*page);
}

} // namespace

task<result<export_folder>>
find_folder(s3::object_store& store, std::string bucket, std::string prefix, deadline by) {
    if (!prefix.empty()) {
        auto itself = co_await read_folder(store, bucket, prefix, by);
        if (!itself) co_return itself.error();
        if (*itself) co_return std::move(**itself);
    }
    s3::list_request request;
    request.bucket = bucket;
    request.prefix = prefix.empty() ? "" : prefix + "/";
    request.delimiter = "/";
    std::vector<export_folder> found;
    do {
        auto page = co_await store.list(request, by);
        if (!page) co_return page.error();
        for (std::string child : page->prefixes) {
            child.pop_back(); // the delimiter
            if (is_own_folder(child)) continue;
            auto folder = co_await read_folder(store, bucket, std::move(child), by);
            if (!folder) co_return folder.error();
            if (*folder) found.push_back(std::move(**folder));
        }
        request.token = page->next_token;
    } while (!request.token.empty());
    if (found.empty()) co_return nothing_below(bucket, prefix);
    if (found.size() > 1) co_return several_below(bucket, prefix, found);
    co_return std::move(found.front());
}

task<result<std::optional<read_commit>>> fetch_commit(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    deadline by
) {
    auto bytes = co_await fetch_small(
        store, where.bucket, commit_key(where.folder, partition, number), largest_document, by
    );
    if (!bytes) co_return bytes.error();
    if (!*bytes) co_return std::optional<read_commit>();
    auto document = decode_commit(**bytes);
    if (!document) {
        failure why = document.error();
        why.where = "s3://" + where.bucket + "/" + commit_key(where.folder, partition, number) +
                    ": " + why.where;
        co_return why;
    }
    if (document->number != number || document->partition != partition)
        co_return damaged_commit(
            where, partition, number, "holds the commit of another number or partition"
        );
    read_commit read;
    read.document = std::move(*document);
    read.bytes = std::move(**bytes);
    co_return std::optional<read_commit>(std::move(read));
}

namespace {

/// Appends what stands from number `from` on, until 404; whole pages where there are some.
task<result<void>> append_commits(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    commit_order& order,
    std::vector<commit>& commits,
    deadline by
) {
    for (std::uint64_t number = from;;) {
        if (number % commits_per_page == 0) {
            auto page = co_await fetch_page(store, where, partition, number, order, by);
            if (!page) co_return page.error();
            for (commit& each : *page) {
                order.breaks(each); // none does: looked at already
                commits.push_back(std::move(each));
            }
            number += page->size();
            if (!page->empty()) continue;
        }
        auto read = co_await fetch_commit(store, where, partition, number, by);
        if (!read) co_return read.error();
        if (!*read) co_return result<void>();
        commit& now = (**read).document;
        if (const auto how = order.breaks(now))
            co_return damaged_commit(where, partition, number, *how);
        commits.push_back(std::move(now));
        ++number;
    }
}

/// The key of the first commit from `number` on, as far as the listing shows one; else empty.
task<result<std::string>> listed_from(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    deadline by
) {
    s3::list_request request;
    request.bucket = where.bucket;
    request.prefix = commit_prefix(where.folder, partition);
    if (number > 0) request.start_after = commit_key(where.folder, partition, number - 1);
    request.limit = 1;
    auto page = co_await store.list(request, by);
    if (!page) co_return page.error();
    const bool there =
        !page->objects.empty() && parse_commit_number(page->objects.front().key).has_value();
    co_return there ? page->objects.front().key : std::string();
}

} // namespace

task<result<bool>> listing_shows_more(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    shown_commit& before,
    deadline by
) {
    // An export may have written what was listed meanwhile: then that one is there now.
    if (!before.key.empty() && before.asked_at == number)
        co_return damaged_commit(
            where, partition, number, "is missing, though the listing shows " + before.key
        );
    auto listed = co_await listed_from(store, where, partition, number, by);
    if (!listed) co_return listed.error();
    before.key = std::move(*listed);
    before.asked_at = number;
    co_return !before.key.empty();
}

task<result<void>> fetch_newer(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    commit_order& order,
    std::vector<commit>& commits,
    deadline by
) {
    const std::uint64_t next = commits.size();
    auto read = co_await append_commits(store, where, partition, next, order, commits, by);
    co_return read;
}

task<result<std::vector<commit>>> fetch_commits(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    deadline by
) {
    std::vector<commit> commits;
    commit_order order(where.document);
    auto read = co_await append_commits(store, where, partition, from, order, commits, by);
    if (!read) co_return read.error();
    co_return std::move(commits);
}

task<result<std::vector<commit>>> fetch_history(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
) {
    std::vector<commit> commits;
    commit_order order(where.document);
    shown_commit shown;
    while (true) {
        const std::uint64_t next = commits.size();
        auto read = co_await append_commits(store, where, partition, next, order, commits, by);
        if (!read) co_return read.error();
        auto more = co_await listing_shows_more(store, where, partition, commits.size(), shown, by);
        if (!more) co_return more.error();
        if (!*more) co_return std::move(commits);
    }
}

std::vector<committed_object> objects_in_force(const std::vector<commit>& commits) {
    std::map<position, committed_object> objects;
    for (const commit& each : commits) {
        for (const committed_object& object : each.objects)
            objects.insert_or_assign(object.first, object);
    }
    std::set<std::string> expired;
    for (const commit& each : commits)
        expired.insert(each.expired_keys.begin(), each.expired_keys.end());
    std::vector<committed_object> in_force;
    for (auto& [first, object] : objects) {
        if (expired.count(object.key) == 0) in_force.push_back(std::move(object));
    }
    return in_force;
}

} // namespace sluice
