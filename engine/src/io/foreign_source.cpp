// engine: the objects below a prefix that nobody committed: listed, and read range by range.
#include "foreign_source.hpp"

#include "../core/foreign_format.hpp"
#include "../core/get_failures.hpp"
#include "../core/listing_follow.hpp"
#include "../core/own_place.hpp"
#include "listing_pages.hpp"
#include "span_sink.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice {

namespace {

using std::chrono::steady_clock;

constexpr unsigned readings = 3; // of a range whose answers are of no use

foreign_object as_foreign(const s3::listed_object& shown) {
    return foreign_object{shown.key, shown.etag, shown.last_modified, shown.size};
}

/// A store that does not tell the time is taken to have ours.
std::string settled_by(std::optional<std::chrono::sys_seconds> told, steady_clock::duration took) {
    const auto waited = std::chrono::ceil<std::chrono::milliseconds>(took);
    const auto ours = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return settled_before(told.value_or(ours), waited);
}

/// Objects that lie in no folder of a partition that was named.
void note_other(std::string_view name, listing& into) {
    constexpr std::size_t most_named = 5;
    const auto folder = partition_folder_of(name);
    if (!folder)
        ++into.in_no_folder;
    else if (into.other_folders.size() < most_named)
        into.other_folders.insert(folder->partition);
}

void take_page(const foreign_source& from, const s3::list_page& page, listing& into) {
    for (const s3::listed_object& each : page.objects) {
        const std::string_view name =
            std::string_view(each.key).substr(std::min(from.prefix.size(), each.key.size()));
        if (!is_data_object(from.prefix, each.key, each.size)) {
            ++into.hidden;
            continue;
        }
        const bool chosen = in_partitions(name, from.partitions);
        if (chosen)
            ++into.chosen;
        else
            note_other(name, into);
        if (!chosen || !in_shard(name, from.shard))
            ++into.of_others;
        else
            into.objects.push_back(as_foreign(each));
    }
    ++into.pages;
}

failure lost_object(
    const foreign_source& from, const std::string& key, std::uint64_t byte, const char* how
) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = address_of(from, key) + ", byte " + std::to_string(byte) + ": " + how +
                " since it was listed";
    return why;
}

} // namespace

foreign_source make_foreign_source(
    s3::object_store& store,
    const bucket_address& from,
    listing_shard shard,
    std::vector<partition_pair> partitions,
    std::chrono::milliseconds retry_for
) {
    foreign_source made{
        store,
        from.bucket,
        from.prefix.empty() ? "" : from.prefix + "/",
        shard,
        std::move(partitions),
        patience(retry_for),
        target_progress()};
    made.seen.target = to_string(from);
    made.seen.state = "running";
    return made;
}

listing_progress
at_the_beginning(const foreign_source& from, listing_sort by, std::string partitions) {
    listing_progress begin;
    begin.bucket = from.bucket;
    begin.prefix = from.prefix;
    begin.sort = by;
    begin.shard = from.shard;
    begin.partitions = std::move(partitions);
    return begin;
}

std::string address_of(const foreign_source& from, const std::string& key) {
    return "s3://" + from.bucket + "/" + key;
}

task<result<void>> list_page_of(foreign_source& from, listing& into) {
    if (!into.walk) {
        s3::list_request request;
        request.bucket = from.bucket;
        request.prefix = from.prefix;
        request.start_after = into.start_after;
        into.walk.emplace(std::move(request));
    }
    const auto asked = steady_clock::now();
    auto page = co_await next_page(from.store, *into.walk, deadline::never());
    if (!page) co_return page.error();
    if (into.pages == 0) into.settled = settled_by(page->told_at, steady_clock::now() - asked);
    take_page(from, *page, into);
    co_return result<void>();
}

task<result<void>> list_all(transfer_run& run, foreign_source& from, listing& into) {
    auto list = [&from, &into] { return list_page_of(from, into); };
    do {
        auto listed = co_await persistently(run, from.patient, from.seen.last_error, list);
        if (!listed) co_return listed;
        if (run.control.stopping()) {
            failure why;
            why.code = engine_errc::paused;
            co_return why;
        }
    } while (!into.ended());
    co_return result<void>();
}

namespace {

failure none_of_partitions(const foreign_source& from, const listing& found) {
    std::string numbers;
    for (const partition_pair& each : from.partitions)
        numbers += (numbers.empty() ? "" : ",") + std::to_string(each.source);
    std::string others;
    for (const std::uint32_t each : found.other_folders)
        others += (others.empty() ? "folders of partitions " : ", ") + std::to_string(each);
    if (found.in_no_folder > 0) {
        if (!others.empty()) others += " and ";
        others += std::to_string(found.in_no_folder) + " objects in no such folder";
    }
    failure why;
    why.code = engine_errc::usage;
    why.where = "--partitions " + numbers +
                " takes what lies in folders partition=N/ of these below " +
                address_of(from, from.prefix) + ", and nothing does; there are " + others +
                ": leave --partitions out to import all of it into one partition";
    return why;
}

} // namespace

std::optional<failure> nothing_below(const foreign_source& from, const listing& found) {
    if (found.chosen > 0) return std::nullopt;
    if (found.of_others > 0) return none_of_partitions(from, found);
    failure why;
    why.code = engine_errc::no_export_here;
    why.where = "no object below " + address_of(from, from.prefix) +
                " that can be imported; names that begin with _ or . are passed over";
    return why;
}

task<result<void>> fetch_range(
    transfer_run& run,
    foreign_source& from,
    const foreign_object& object,
    const object_range& range,
    buffer& into
) {
    into.reset(range.size);
    s3::get_request request;
    request.bucket = from.bucket;
    request.key = object.key;
    request.if_match = object.etag;
    s3::byte_range wanted;
    wanted.first = range.first;
    wanted.size = range.size;
    request.range = wanted;
    span_sink sink(into.span());
    auto get = [&from, &request, &sink] {
        return from.store.get(request, sink, deadline::never());
    };
    for (unsigned reading = 1;; ++reading) {
        auto got = co_await persistently(run, from.patient, from.seen.last_error, get);
        const bool same = got && sink.is_full() && got->size == object.size &&
                          !is_other_etag(object.etag, got->etag);
        if (same) co_return result<void>();
        if (got) co_return lost_object(from, object.key, range.first, "it has changed");
        const failure why = got.error();
        if (is_unusable_answer(why) && reading < readings) continue;
        if (why.code == s3::s3_errc::no_such_key)
            co_return lost_object(from, object.key, range.first, "it is gone");
        if (is_another_object(why) || why.code == s3::s3_errc::invalid_range)
            co_return lost_object(from, object.key, range.first, "it has changed");
        co_return why;
    }
}

task<result<foreign_object>>
look_again(transfer_run& run, foreign_source& from, const std::string& key) {
    s3::list_request request;
    request.bucket = from.bucket;
    request.prefix = key;
    request.limit = 1;
    auto list = [&from, &request] { return from.store.list(request, deadline::never()); };
    auto page = co_await persistently(run, from.patient, from.seen.last_error, list);
    if (!page) co_return page.error();
    foreign_object found;
    const bool there = !page->objects.empty() && page->objects.front().key == key;
    if (there) found = as_foreign(page->objects.front());
    co_return found;
}

} // namespace sluice
