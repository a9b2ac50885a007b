// engine: one partition of an export, mended.
#include "repair_lane.hpp"

#include "lane_claim.hpp"
#include "lane_plans.hpp"
#include "object_attempt.hpp"
#include "strays.hpp"

#include <sluice/engine/object_key.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace sluice {

namespace {

struct repairing {
    export_lane_context& lane;
    repair_job& job;
    lane_row row;
};

failure fenced_while_mending(const repairing& at) {
    failure why;
    why.code = engine_errc::fenced;
    why.where = at.lane.target.address + ", partition " + std::to_string(at.lane.key.partition) +
                ": another run wrote commit " + std::to_string(at.row.next_commit) +
                " meanwhile; run the command again";
    return why;
}

/// Writes the next commit, which leaves the export's end where it is. `plan` is over with it.
task<result<void>> write_commit(repairing& at, commit document, std::int64_t plan) {
    document.partition = at.lane.key.partition;
    document.number = at.row.next_commit;
    document.epoch = at.row.claim_number;
    document.token = new_token();
    document.at = micros_by(at.lane.run.clock);
    document.next = at.row.next;
    document.fingerprint = at.row.fingerprint;
    const std::string bytes = encode_commit(document);
    auto stands = co_await put_commit(at.lane, document.number, bytes);
    if (!stands) co_return stands.error();
    if (!*stands) co_return fenced_while_mending(at);
    ++at.row.next_commit;
    auto note = [&at, plan] { return at.lane.run.journal.committed(at.lane.key, at.row, plan); };
    auto noted = co_await journaled(at.lane.run, note);
    co_return noted;
}

/// The same range again.
plan_row plan_of(const repairing& at, const committed_object& damaged) {
    constexpr std::uint64_t slack = 8; // another encoder may need a little more room
    plan_row plan = fresh_plan(at.lane.target, at.row.claim_number, damaged.first);
    plan.sealed_at = damaged.next;
    plan.object_bytes = std::min(largest_object_bytes, damaged.bytes + damaged.bytes / slack);
    plan.object_events = 0; // its end is known
    return plan;
}

/// Uploads the range under a new key; nullopt: it did not come out as the same range.
task<result<std::optional<committed_object>>> export_again(repairing& at, plan_row& plan) {
    const position end = *plan.sealed_at;
    auto add = [&at, &plan] { return at.lane.run.journal.add_plan(at.lane.key, plan); };
    auto added = co_await journaled(at.lane.run, add);
    if (!added) co_return added.error();
    plan.id = *added;
    committed_object fresh;
    auto ended = co_await run_attempt(at.lane, plan, fresh);
    if (!ended) co_return ended.error();
    if (*ended == attempt_end::stored && fresh.next == end)
        co_return std::optional<committed_object>(std::move(fresh));
    co_await abort_attempt(at.lane, plan);
    auto drop = [&at, &plan] { return at.lane.run.journal.drop_plan(plan.id); };
    auto dropped = co_await journaled(at.lane.run, drop);
    if (!dropped) co_return dropped.error();
    co_return std::optional<committed_object>();
}

void unmended(repairing& at, const committed_object& object, const std::string& why) {
    at.job.unmended.push_back(
        "s3://" + at.lane.key.bucket + "/" + join_key(at.lane.key.folder, object.key) + ": " + why
    );
}

/// Whoever reads the folder without its commits would see the events twice. What cannot be removed
/// does no other harm: it is told.
task<void> remove_replaced(repairing& at, const committed_object& damaged) {
    const std::string key = join_key(at.lane.key.folder, damaged.key);
    auto remove = [&at, &key] {
        return at.lane.target.store->remove(at.lane.key.bucket, key, deadline::never());
    };
    auto removed = co_await persistently(
        at.lane.run, at.lane.target.patient, at.lane.target.seen.last_error, remove
    );
    if (removed) {
        at.lane.run.log.write(log_level::info, "removed what was replaced: " + damaged.key);
        co_return;
    }
    at.lane.run.log.write(
        log_level::warning,
        damaged.key +
            " was replaced and could not be removed: who reads the folder without the "
            "commits has its events twice, until `sluice cleanup` removes it: " +
            describe(removed.error())
    );
}

task<result<void>> replace_object(repairing& at, const object_damage& damage) {
    const committed_object& damaged = damage.object;
    auto bounds = co_await at.lane.source.stream().bounds(at.lane.key.partition);
    if (!bounds) co_return bounds.error();
    if (damaged.first < bounds->first) {
        unmended(
            at,
            damaged,
            "the stream begins at " + to_string(bounds->first) + ", its events are gone there too" +
                (damage.expired ? "" : "; --expired records what is missing")
        );
        co_return result<void>();
    }
    plan_row plan = plan_of(at, damaged);
    auto fresh = co_await export_again(at, plan);
    if (!fresh) co_return fresh.error();
    if (!*fresh) {
        unmended(at, damaged, "could not be exported again as one object");
        co_return result<void>();
    }
    at.lane.run.log.write(
        log_level::warning, "exported again: " + damaged.key + " as " + (*fresh)->key
    );
    commit document;
    document.kind = commit_kind::replace;
    document.old_key = damaged.key;
    document.objects.push_back(std::move(**fresh));
    auto written = co_await write_commit(at, std::move(document), plan.id);
    if (!written) co_return written.error();
    if (!damage.missing) co_await remove_replaced(at, damaged);
    ++at.lane.seen.objects;
    ++at.lane.target.seen.objects;
    at.lane.target.seen.events += damaged.events;
    co_return result<void>();
}

task<result<void>> record_expired(repairing& at) {
    commit document;
    document.kind = commit_kind::expired;
    for (const object_damage& each : at.job.damaged)
        if (each.missing) document.expired_keys.push_back(each.object.key);
    if (!at.job.record_expired || document.expired_keys.empty()) co_return result<void>();
    for (const std::string& each : document.expired_keys)
        at.lane.run.log.write(log_level::warning, "recorded as removed by the lifecycle: " + each);
    constexpr std::int64_t no_plan = -1;
    auto written = co_await write_commit(at, std::move(document), no_plan);
    co_return written;
}

/// What the journal knows beyond the bucket's commits, nobody else knows any more: the bucket is
/// right, and the export goes on from there.
task<result<void>> forget_lane(export_lane_context& lane) {
    auto recall = [&lane] { return lane.run.journal.plans(lane.key); };
    auto plans = co_await journaled(lane.run, recall);
    if (!plans) co_return plans.error();
    for (const plan_row& each : *plans) {
        auto drop = [&lane, &each] { return lane.run.journal.drop_plan(each.id); };
        auto dropped = co_await journaled(lane.run, drop);
        if (!dropped) co_return dropped;
    }
    auto forget = [&lane] { return lane.run.journal.put_lane(lane.key, lane_row()); };
    auto forgotten = co_await journaled(lane.run, forget);
    co_return forgotten;
}

/// What the lost commits named, and what lies there of the claim that this one has the number of.
task<result<void>> remove_unnamed(repairing& at) {
    lane_row all = at.row;
    all.next.sequence = std::numeric_limits<std::int64_t>::max();
    const kept_attempts none;
    auto removed = co_await remove_strays(at.lane, all, none);
    co_return removed;
}

} // namespace

task<result<void>> run_repair_lane(export_lane_context& lane, repair_job& job) {
    if (job.commits_lost) {
        auto forgotten = co_await forget_lane(lane);
        if (!forgotten) co_return forgotten.error();
    }
    auto standing = co_await take_claim(lane);
    if (!standing) co_return standing.error();
    repairing at{lane, job, standing->row};
    auto remember = [&at] { return at.lane.run.journal.put_lane(at.lane.key, at.row); };
    auto remembered = co_await journaled(lane.run, remember);
    if (!remembered) co_return remembered.error();
    if (job.commits_lost) {
        auto removed = co_await remove_unnamed(at);
        if (!removed) co_return removed.error();
    }
    for (const object_damage& each : job.damaged) {
        if (lane.run.control.stopping()) {
            failure paused;
            paused.code = engine_errc::paused;
            co_return paused;
        }
        if (each.missing && job.record_expired) continue;
        if (each.differs) {
            unmended(
                at,
                each.object,
                "is whole and holds other events than the stream: one of both is not what it was"
            );
            continue;
        }
        auto replaced = co_await replace_object(at, each);
        if (!replaced) co_return replaced.error();
    }
    auto recorded = co_await record_expired(at);
    co_return recorded;
}

} // namespace sluice
