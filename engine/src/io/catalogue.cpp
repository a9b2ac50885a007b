// engine: reading what an export left in a bucket.
#include "commit_cursor.hpp"
#include "commit_log.hpp"
#include "listing_pages.hpp"
#include "small_object.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

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
    s3::listing_walk walk(std::move(request));
    std::vector<export_folder> found;
    do {
        auto page = co_await next_page(store, walk, by);
        if (!page) co_return page.error();
        for (std::string child : page->prefixes) {
            child.pop_back(); // the delimiter
            if (is_own_folder(child)) continue;
            auto folder = co_await read_folder(store, bucket, std::move(child), by);
            if (!folder) co_return folder.error();
            if (*folder) found.push_back(std::move(**folder));
        }
    } while (!walk.ended());
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

task<result<void>> read_to_end(
    commit_cursor& commits,
    partition_survey& into,
    const std::function<void(const commit&)>& also,
    deadline by
) {
    while (true) {
        auto read = co_await commits.next(by);
        if (!read) co_return read.error();
        if (!*read) co_return result<void>();
        into.note(**read);
        if (also) also(**read);
    }
}

task<result<void>> read_history(
    s3::object_store& store,
    const export_folder& where,
    commit_cursor& commits,
    partition_survey& into,
    const std::function<void(const commit&)>& also,
    deadline by
) {
    shown_commit shown;
    while (true) {
        auto read = co_await read_to_end(commits, into, also, by);
        if (!read) co_return read.error();
        auto more = co_await listing_shows_more(
            store, where, into.partition(), commits.number(), shown, by
        );
        if (!more) co_return more.error();
        if (!*more) co_return result<void>();
    }
}

task<result<partition_survey>> survey_partition(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    deadline by,
    std::function<void(const commit&)> also
) {
    partition_survey survey(partition);
    commit_cursor commits(store, where, partition);
    auto read = co_await read_history(store, where, commits, survey, also, by);
    if (!read) co_return read.error();
    co_return std::move(survey);
}

task<result<std::optional<named_object>>> find_named_object(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    const std::string& key,
    deadline by
) {
    std::optional<named_object> found;
    const std::function<void(const commit&)> look = [&found, &key](const commit& each) {
        for (const committed_object& object : each.objects) {
            if (object.key == key) found = named_object{object, each.number, each.epoch, each.at};
        }
    };
    auto survey = co_await survey_partition(store, where, partition, by, look);
    if (!survey) co_return survey.error();
    co_return std::move(found);
}

} // namespace sluice
