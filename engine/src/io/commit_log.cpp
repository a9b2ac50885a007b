// engine: the commits of a partition, one by one, and their pages.
#include "commit_log.hpp"

#include "../core/commit_order.hpp"
#include "small_object.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t commits_at_once = 16;

/// The page being made.
struct page_making {
    s3::object_store& store;
    const export_folder& where;
    std::uint32_t partition;
    std::uint64_t first;
    deadline by;
    std::vector<std::string> texts;
    std::optional<failure> failed; ///< the first failure decides
};

task<void> read_text(page_making& of, std::uint64_t n) {
    auto read = co_await fetch_commit(of.store, of.where, of.partition, of.first + n, of.by);
    if (read && *read) {
        of.texts[n] = std::move((**read).bytes);
        co_return;
    }
    if (of.failed) co_return;
    of.failed =
        read ? damaged_commit(of.where, of.partition, of.first + n, "is missing") : read.error();
}

task<void> read_texts(page_making& of, task_group& group) {
    for (std::uint64_t n = 0; n < commits_per_page && !of.failed; ++n) {
        group.spawn([&of, n] { return read_text(of, n); });
        co_await group.wait_below(commits_at_once);
    }
}

std::string joined_texts(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& each : texts)
        all += each;
    return all;
}

} // namespace

task<result<tail_reading>> read_tail(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    deadline by
) {
    tail_reading seen;
    commit_cursor commits(store, where, partition, from);
    while (true) {
        auto read = co_await commits.next(by);
        if (!read) co_return read.error();
        if (!*read) co_return std::move(seen);
        if (seen.commits++ == 0) {
            seen.first = (**read).kind;
            seen.first_token = (**read).token;
        }
        seen.at.note(**read);
    }
}

task<result<commit_log>> read_commit_log(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    deadline by,
    std::function<void(const commit&)> also
) {
    commit_log log{partition_survey(partition), {}};
    commit_order order(where.document);
    std::uint64_t crc = 0, number = 0;
    shown_commit shown;
    while (true) {
        auto read = co_await fetch_commit(store, where, partition, number, by);
        if (!read) co_return read.error();
        if (!*read) {
            auto more = co_await listing_shows_more(store, where, partition, number, shown, by);
            if (!more) co_return more.error();
            if (!*more) co_return std::move(log);
            continue;
        }
        const commit& now = (**read).document;
        if (const auto how = order.breaks(now))
            co_return damaged_commit(where, partition, number, *how);
        crc = crc64nvme(as_bytes((**read).bytes), number % commits_per_page == 0 ? 0 : crc);
        if (number % commits_per_page == commits_per_page - 1) log.thousands.push_back(crc);
        log.survey.note(now);
        if (also) also(now);
        ++number;
    }
}

task<result<page_standing>> look_at_page(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t first,
    std::uint64_t crc,
    deadline by
) {
    auto bytes = co_await fetch_small(
        store, where.bucket, page_key(where.folder, partition, first), largest_page, by
    );
    if (!bytes && bytes.error().code == engine_errc::damaged_object)
        co_return page_standing::damaged;
    if (!bytes) co_return bytes.error();
    if (!*bytes) co_return page_standing::missing;
    co_return crc64nvme(as_bytes(**bytes)) == crc ? page_standing::good : page_standing::damaged;
}

task<result<void>> make_page(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t first,
    bool overwrite,
    deadline by
) {
    page_making of{store, where, partition, first, by, {}, std::nullopt};
    of.texts.resize(commits_per_page);
    const any_io_executor on = co_await boost::asio::this_coro::executor;
    const std::function<task<void>(task_group&)> reading = [&of](task_group& group) {
        return read_texts(of, group);
    };
    co_await with_task_group(on, reading);
    if (of.failed) co_return *of.failed;
    const std::string page = joined_texts(of.texts);
    if (page.size() > largest_page) co_return result<void>();
    auto readable = decode_page(page, partition, first);
    if (!readable) co_return readable.error();
    s3::put_request request;
    request.bucket = where.bucket;
    request.key = page_key(where.folder, partition, first);
    request.content_type = "application/x-ndjson";
    request.if_none_match = !overwrite;
    s3::memory_source body(as_bytes(page));
    auto put = co_await store.put(request, body, by);
    // Somebody else was faster: a page is the same whoever makes it.
    if (!put && put.error().code != s3::s3_errc::precondition_failed) co_return put.error();
    co_return result<void>();
}

} // namespace sluice
