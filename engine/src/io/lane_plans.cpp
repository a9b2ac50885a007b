// engine: a lane's plans: made, recalled, given up, and what they left in the bucket swept away.
#include "lane_plans.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/engine/object_key.hpp>

#include <functional>
#include <utility>

namespace sluice {

namespace {

/// Whether the plan's bytes can be made again. What is stored already needs no encoder.
bool can_go_on(const plan_row& plan, object_encoding encoding) {
    return plan.encoder == encoder_of(encoding) || !plan.commit_bytes.empty();
}

kept_attempts kept_of(const lane_progressing& at) {
    kept_attempts kept;
    if (!at.plan) return kept;
    kept.keys.insert(at.plan->key);
    kept.uploads.insert(at.plan->upload_id);
    return kept;
}

/// Of abandoned attempts whose objects a sweep may not remove yet, because no commit covers their
/// first position, the journal goes on reminding.
task<result<void>> sweep(lane_progressing& at) {
    const kept_attempts kept = kept_of(at);
    auto removed = co_await remove_strays(at.lane, at.row, kept);
    if (!removed) co_return removed;
    std::vector<plan_row> waiting;
    for (plan_row& each : at.abandoned) {
        if (each.epoch == at.row.claim_number && each.first >= at.row.next) {
            waiting.push_back(std::move(each));
            continue;
        }
        auto drop = [&at, &each] { return at.lane.run.journal.drop_plan(each.id); };
        auto dropped = co_await journaled(at.lane.run, drop);
        if (!dropped) co_return dropped;
    }
    at.abandoned = std::move(waiting);
    at.left_something = !at.abandoned.empty();
    at.uploaded = false;
    co_return result<void>();
}

} // namespace

void show_position(lane_progressing& at) {
    at.lane.seen.done = at.row.next.sequence;
}

task<result<void>> drop_plan(lane_progressing& at) {
    auto drop = [&at] { return at.lane.run.journal.drop_plan(at.plan->id); };
    auto dropped = co_await journaled(at.lane.run, drop);
    if (!dropped) co_return dropped.error();
    at.plan.reset();
    co_return result<void>();
}

void abandon_plan(lane_progressing& at) {
    at.abandoned.push_back(std::move(*at.plan));
    at.plan.reset();
    at.left_something = true;
}

task<result<void>> recall_plan(lane_progressing& at) {
    auto recall = [&at] { return at.lane.run.journal.plans(at.lane.key); };
    auto plans = co_await journaled(at.lane.run, recall);
    if (!plans) co_return plans.error();
    for (plan_row& plan : *plans) {
        if (at.plan) abandon_plan(at);
        at.plan = std::move(plan);
        at.left_something = true; // a kill may have left an upload whose id nobody has journaled
        const bool usable = can_go_on(*at.plan, at.lane.target.encoding) &&
                            at.plan->epoch == at.row.claim_number && at.plan->first == at.row.next;
        if (!usable) abandon_plan(at);
    }
    co_return result<void>();
}

task<result<void>> sweep_if_needed(lane_progressing& at) {
    if (at.left_something) {
        auto swept = co_await sweep(at);
        co_return swept;
    }
    const kept_attempts kept = kept_of(at);
    auto removed = co_await remove_stray_uploads(at.lane, at.row.claim_number, kept);
    if (removed) at.uploaded = false;
    co_return removed;
}

plan_row fresh_plan(const export_target& target, std::uint64_t epoch, position first) {
    plan_row plan;
    plan.token = new_token();
    plan.epoch = epoch;
    plan.first = first;
    plan.part_size = target.part_size;
    plan.object_bytes = target.object_bytes;
    plan.object_events = target.object_events;
    plan.format = name_of(target.encoding.format);
    plan.codec = name_of(target.encoding.codec);
    plan.encoder = encoder_of(target.encoding);
    object_name name;
    name.first = plan.first;
    name.epoch = plan.epoch;
    name.nonce = nonce_of(plan.token);
    name.extension = extension_of(target.encoding);
    plan.key = object_key(name);
    return plan;
}

task<result<void>> new_plan(lane_progressing& at) {
    plan_row plan = fresh_plan(at.lane.target, at.row.claim_number, at.row.next);
    auto add = [&at, &plan] { return at.lane.run.journal.add_plan(at.lane.key, plan); };
    auto added = co_await journaled(at.lane.run, add);
    if (!added) co_return added.error();
    plan.id = *added;
    at.plan = std::move(plan);
    co_return result<void>();
}

task<void> look_for_old_uploads(lane_progressing& at) {
    const std::function<kept_attempts()> kept = [&at] { return kept_of(at); };
    while (true) {
        co_await sleep_for(at.lane.target.stray_check);
        co_await remove_old_uploads(at.lane, at.row.claim_number, kept);
    }
}

} // namespace sluice
