// engine: the end of a lane's work: uploads aborted, the claim released, nothing left behind.
#include "lane_release.hpp"

#include "commit_log.hpp"
#include "lane_claim.hpp"
#include "strays.hpp"
#include "upload_removal_io.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <limits>

namespace sluice {

namespace {

/// A request of the attempt that was cut, or whose answer was lost, may have stored its object.
task<result<bool>> has_stored(export_lane_context& lane, const plan_row& plan) {
    const std::string key = join_key(lane.key.folder, plan.key);
    auto ask = [&lane, &key] {
        return lane.target.store->head(lane.key.bucket, key, deadline::never());
    };
    auto seen =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, ask);
    if (seen) co_return true;
    const failure why = seen.error();
    if (why.code == s3::s3_errc::no_such_key) co_return false;
    co_return why;
}

task<result<void>> abort_plan(export_lane_context& lane, const plan_row& plan, bool keep_stored) {
    if (!plan.upload_id.empty()) {
        const std::string key = join_key(lane.key.folder, plan.key);
        auto abort = [&lane, &plan, &key] {
            return remove_upload(
                *lane.target.store, lane.key.bucket, key, plan.upload_id, deadline::never()
            );
        };
        auto aborted = co_await persistently(
            lane.run, lane.target.patient, lane.target.seen.last_error, abort
        );
        if (!aborted) co_return aborted;
    }
    if (keep_stored) {
        auto stored = co_await has_stored(lane, plan);
        if (!stored) co_return stored.error();
        if (*stored) co_return result<void>();
    }
    auto drop = [&lane, &plan] { return lane.run.journal.drop_plan(plan.id); };
    auto dropped = co_await journaled(lane.run, drop);
    co_return dropped;
}

commit release_document(const export_lane_context& lane, const tail& bucket) {
    commit release;
    release.kind = commit_kind::release;
    release.partition = lane.key.partition;
    release.number = bucket.next_number;
    release.epoch = bucket.claim->number;
    release.token = new_token();
    release.at = micros_by(lane.run.clock);
    release.next = bucket.next;
    release.fingerprint = bucket.fingerprint;
    return release;
}

task<result<tail>> learn_tail_of(export_lane_context& lane, std::uint64_t from) {
    auto fetch = [&lane, from] {
        return read_tail(
            *lane.target.store, lane.target.where, lane.key.partition, from, deadline::never()
        );
    };
    auto read =
        co_await persistently(lane.run, lane.target.patient, lane.target.seen.last_error, fetch);
    if (!read) co_return read.error();
    co_return std::move(read->at);
}

/// True: our claim is over. False: another commit took the number; look again.
task<result<bool>> try_release(export_lane_context& lane, lane_row& row) {
    auto bucket = co_await learn_tail_of(lane, row.claimed ? row.claim_number : 0);
    if (!bucket) co_return bucket.error();
    const bool ours = bucket->claim && bucket->claim->token == row.claim_token;
    if (!ours) co_return true;
    row.claimed = true;
    row.next_commit = bucket->next_number;
    row.next = bucket->next;
    row.fingerprint = bucket->fingerprint;
    if (bucket->released) co_return true;
    const std::string bytes = encode_commit(release_document(lane, *bucket));
    auto stands = co_await put_commit(lane, bucket->next_number, bytes);
    if (!stands) co_return stands.error();
    if (*stands) ++row.next_commit;
    co_return *stands;
}

} // namespace

task<result<void>> abort_plans(export_lane_context& lane, bool unfinished_only) {
    auto recall = [&lane] { return lane.run.journal.plans(lane.key); };
    auto plans = co_await journaled(lane.run, recall);
    if (!plans) co_return plans.error();
    for (const plan_row& plan : *plans) {
        if (unfinished_only && plan.completed) continue;
        auto aborted = co_await abort_plan(lane, plan, unfinished_only);
        if (!aborted) co_return aborted;
    }
    co_return result<void>();
}

task<result<void>> release_lane(export_lane_context& lane) {
    auto recall = [&lane] { return lane.run.journal.find_lane(lane.key); };
    auto known = co_await journaled(lane.run, recall);
    if (!known) co_return known.error();
    if (!*known || (**known).claim_token.empty()) co_return result<void>();
    lane_row row = **known;
    auto aborted = co_await abort_plans(lane, false);
    if (!aborted) co_return aborted;
    while (true) {
        auto released = co_await try_release(lane, row);
        if (!released) co_return released.error();
        if (*released) break;
    }
    auto remember = [&lane, &row] { return lane.run.journal.put_lane(lane.key, row); };
    auto remembered = co_await journaled(lane.run, remember);
    if (!remembered || !row.claimed) co_return remembered;
    // No commit can name them any more, wherever they begin.
    lane_row over = row;
    over.next = position{lane.key.partition, std::numeric_limits<std::int64_t>::max(), 0};
    const kept_attempts none;
    auto removed = co_await remove_strays(lane, over, none);
    co_return removed;
}

} // namespace sluice
