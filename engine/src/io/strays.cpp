// engine: what earlier runs left behind.
#include "strays.hpp"

#include "../core/named_keys.hpp"
#include "../core/stray_rules.hpp"
#include "commit_log.hpp"
#include "listing_pages.hpp"
#include "upload_removal_io.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

namespace {

std::optional<object_name> our_name(const export_lane_context& lane, const std::string& key) {
    const std::string folder = lane.key.folder + "/";
    if (key.compare(0, folder.size(), folder) != 0) return std::nullopt;
    return parse_object_key(std::string_view(key).substr(folder.size()));
}

std::string relative_key(const export_lane_context& lane, const std::string& key) {
    return key.substr(lane.key.folder.size() + 1);
}

failure commit_not_shown(const export_lane_context& lane, std::uint64_t number) {
    failure why;
    why.code = s3::s3_errc::internal_error; // worth another look
    why.where = "s3://" + lane.key.bucket + "/" +
                commit_key(lane.key.folder, lane.key.partition, number) +
                ": the store does not show this commit, though it stands; nothing was removed";
    return why;
}

/// All keys that commits name; those before number `commits_known` are certain to stand.
task<result<named_keys>> read_named_keys(export_lane_context& lane, std::uint64_t commits_known) {
    named_keys keys;
    partition_survey survey(lane.key.partition);
    commit_cursor commits(*lane.target.store, lane.target.where, lane.key.partition);
    const std::function<void(const commit&)> name = [&keys](const commit& each) {
        keys.note(each);
    };
    auto fetch = [&]() -> task<result<void>> {
        auto read = co_await read_to_end(commits, survey, name, deadline::never());
        if (!read || survey.commits() >= commits_known) co_return read;
        co_return commit_not_shown(lane, survey.commits());
    };
    auto read =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, fetch);
    if (!read) co_return read.error();
    co_return std::move(keys);
}

task<result<void>> remove_object(export_lane_context& lane, const std::string& key) {
    auto remove = [&lane, &key] {
        return lane.target.store->remove(lane.key.bucket, key, deadline::never());
    };
    auto removed =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, remove);
    if (removed)
        lane.run.log.write(log_level::info, "removed an object that no commit names: " + key);
    co_return removed;
}

} // namespace

task<result<void>>
remove_stray_uploads(export_lane_context& lane, std::uint64_t epoch, const kept_attempts& kept) {
    s3::list_uploads_request request;
    request.bucket = lane.key.bucket;
    request.prefix = partition_prefix(lane.key.folder, lane.key.partition);
    auto list = [&lane, &request] {
        return lane.target.store->list_uploads(request, deadline::never());
    };
    auto uploads =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, list);
    if (!uploads) co_return uploads.error();
    for (const s3::open_upload& each : *uploads) {
        const auto name = our_name(lane, each.key);
        if (!name || name->epoch > epoch) continue;
        if (name->epoch == epoch && kept.uploads.count(each.upload_id) > 0) continue;
        auto abort = [&lane, &each] {
            return remove_upload(
                *lane.target.store, lane.key.bucket, each.key, each.upload_id, deadline::never()
            );
        };
        auto aborted = co_await persistently(
            lane.run, lane.target.patient, lane.target.seen.last_error, abort
        );
        if (!aborted) co_return aborted.error();
        lane.run.log.write(
            log_level::info, "removed an upload that an earlier run left: " + each.key
        );
    }
    co_return result<void>();
}

task<void> remove_old_uploads(
    export_lane_context& lane, std::uint64_t epoch, const std::function<kept_attempts()>& kept
) {
    constexpr std::chrono::minutes patience{5};
    const deadline by = deadline::in(patience);
    s3::list_uploads_request request;
    request.bucket = lane.key.bucket;
    request.prefix = partition_prefix(lane.key.folder, lane.key.partition);
    auto uploads = co_await lane.target.store->list_uploads(request, by);
    if (!uploads) {
        const std::string why = describe(uploads.error());
        lane.run.log.write(log_level::warning, "uploads left open are not looked for: " + why);
        co_return;
    }
    const std::int64_t now = micros_by(lane.run.clock);
    for (const s3::open_upload& each : *uploads) {
        const auto name = our_name(lane, each.key);
        if (!name) continue;
        const bool is_kept = kept().uploads.count(each.upload_id) > 0;
        const auto since = parse_timestamp(each.initiated);
        if (!is_left_over(*name, epoch, is_kept, since, now)) continue;
        auto removed = co_await remove_upload(
            *lane.target.store, lane.key.bucket, each.key, each.upload_id, by
        );
        lane.run.log.write(
            removed ? log_level::info : log_level::warning,
            removed ? "removed an upload that was left open: " + each.key
                    : "an upload that was left open stays: " + describe(removed.error())
        );
    }
}

/// A page of the partition's objects; nullopt: the listing is none that can be relied on. Then
/// nothing is removed any more, and no export depends on it.
task<result<std::optional<s3::list_page>>>
page_of_objects(export_lane_context& lane, s3::listing_walk& walk) {
    auto page = co_await next_page(*lane.target.store, walk, deadline::never());
    if (page) co_return std::optional<s3::list_page>(std::move(*page));
    if (page.error().code != engine_errc::gave_up) co_return page.error();
    lane.run.log.write(
        log_level::warning,
        "what earlier runs may have left there is not looked for: " + describe(page.error())
    );
    co_return std::optional<s3::list_page>();
}

task<result<void>>
remove_strays(export_lane_context& lane, const lane_row& standing, const kept_attempts& kept) {
    const std::uint64_t epoch = standing.claim_number;
    auto uploads = co_await remove_stray_uploads(lane, epoch, kept);
    if (!uploads) co_return uploads.error();
    auto named = co_await read_named_keys(lane, standing.next_commit);
    if (!named) co_return named.error();

    s3::list_request request;
    request.bucket = lane.key.bucket;
    request.prefix = partition_prefix(lane.key.folder, lane.key.partition);
    s3::listing_walk walk(std::move(request));
    do {
        auto list = [&lane, &walk] { return page_of_objects(lane, walk); };
        auto page =
            co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, list);
        if (!page) co_return page.error();
        if (!*page) co_return result<void>();
        for (const s3::listed_object& each : (**page).objects) {
            const auto name = our_name(lane, each.key);
            if (!name || name->epoch > epoch) continue;
            const std::string relative = relative_key(lane, each.key);
            if (named->contains(relative)) continue;
            const bool current = name->epoch == epoch;
            if (current && (kept.keys.count(relative) > 0 || name->first >= standing.next))
                continue;
            auto removed = co_await remove_object(lane, each.key);
            if (!removed) co_return removed.error();
        }
    } while (!walk.ended());
    co_return result<void>();
}

} // namespace sluice
