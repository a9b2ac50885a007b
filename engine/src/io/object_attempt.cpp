// engine: one attempt at one object: under one key, once.
#include "object_attempt.hpp"

#include "attempt_parts.hpp"
#include "attempt_settling.hpp"
#include "upload_removal_io.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace sluice {

namespace {

failure stopped() {
    failure why;
    why.code = engine_errc::paused;
    return why;
}

/// What a single PUT sends is journaled, before it is sent, as the one part of its object. False:
/// an earlier run has journaled another one, and may have stored it.
task<result<bool>> is_what_was_planned(attempt& at, const planned_part& part) {
    auto recall = [&at] { return at.lane.run.journal.parts(at.plan.id); };
    auto before = co_await journaled(at.lane.run, recall);
    if (!before) co_return before.error();
    if (!before->empty()) co_return same_part(part, before->front());
    auto note = [&at, &part] { return at.lane.run.journal.put_part(at.plan.id, part.after); };
    auto noted = co_await journaled(at.lane.run, note);
    if (!noted) co_return noted.error();
    co_return true;
}

/// Everything fits the first part: one PutObject.
task<result<attempt_end>> put_whole(attempt& at, const planned_part& part) {
    s3::put_request request;
    request.bucket = at.lane.key.bucket;
    request.key = at.full_key();
    request.meta["sluice-token"] = at.plan.token;
    request.if_none_match = true;
    auto sum = co_await checksum_of_part(at.lane.source, part, at.lane.target.algorithm);
    if (!sum) co_return sum.error();
    request.sum = *sum;
    sent_slices passed = nothing_sent(at, true);
    at.seat.ends_with(part.number);
    auto slot = co_await enter_step(at, part);
    if (!slot) co_return slot.error();
    const running_part under_way(at, part.number);
    while (true) {
        part_body body(at.lane.source, part, &passed);
        auto put = co_await at.store().put(request, body, deadline::never());
        failure why;
        if (put) {
            at.lane.target.patient.success();
            slot->done();
            break;
        }
        why = put.error();
        if (why.code == s3::s3_errc::conditional_conflict) co_return attempt_end::doubtful;
        if (why.code != s3::s3_errc::precondition_failed && !is_transient(why)) co_return why;
        auto seen = co_await look_at_key(at);
        if (!seen) co_return seen.error();
        if (*seen == standing::ours) break;
        if (*seen == standing::foreign) co_return foreign_object(at);
        if (*seen == standing::differs) co_return attempt_end::doubtful;
        if (why.code == s3::s3_errc::precondition_failed) co_return attempt_end::doubtful;
        const bool again =
            co_await wait_for_next_try(at.lane.run, at.lane.target.patient, why, at.last_error());
        if (!again) co_return why;
    }
    at.lane.target.seen.bytes += part.size;
    ++at.lane.target.seen.parts;
    release_blocks(at.lane.source, part, passed.released);
    co_return attempt_end::stored;
}

task<result<void>> create_upload(attempt& at) {
    s3::create_upload_request request;
    request.bucket = at.lane.key.bucket;
    request.key = at.full_key();
    request.meta["sluice-token"] = at.plan.token;
    request.algorithm = at.lane.target.algorithm;
    auto create = [&at, &request] { return at.store().create_upload(request, deadline::never()); };
    auto created =
        co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), create);
    if (!created) co_return created.error();
    at.plan.upload_id = created->id;
    at.plan.abort_at = created->abort_at;
    auto saved = co_await save_plan(at);
    co_return saved;
}

task<result<attempt_end>> complete(attempt& at) {
    s3::complete_upload_request request;
    request.bucket = at.lane.key.bucket;
    request.key = at.full_key();
    request.upload_id = at.plan.upload_id;
    request.size = at.planner.layout().bytes();
    request.if_none_match = true;
    if (at.lane.target.algorithm == s3::checksum::kind::crc64nvme) {
        request.sum.algorithm = s3::checksum::kind::crc64nvme;
        request.sum.value = at.planner.layout().crc64nvme();
    }
    for (const auto& [number, row] : at.acknowledged) {
        s3::finished_part part;
        part.number = number;
        part.size = row.size;
        part.etag = row.etag;
        part.sum = at.sums[number];
        request.parts.push_back(std::move(part));
    }
    while (true) {
        auto completed = co_await at.store().complete_upload(request, deadline::never());
        if (completed) {
            at.lane.target.patient.success();
            co_return attempt_end::stored;
        }
        failure why = completed.error();
        if (why.code == s3::s3_errc::not_implemented && request.if_none_match) {
            request.if_none_match = false; // an extra alarm only: the commit is the guard
            continue;
        }
        if (why.peer_text.starts_with("EntityTooSmall")) {
            at.last_error() = describe(why);
            co_return attempt_end::too_small;
        }
        const bool clear = !is_transient(why) && !needs_new_key(why) &&
                           why.code != s3::s3_errc::precondition_failed;
        if (clear) co_return why;
        auto seen = co_await look_at_key(at);
        if (!seen) co_return seen.error();
        if (*seen == standing::ours) co_return attempt_end::stored;
        if (*seen == standing::foreign) co_return foreign_object(at);
        if (*seen == standing::differs || needs_new_key(why) || !is_transient(why))
            co_return attempt_end::doubtful;
        const bool again =
            co_await wait_for_next_try(at.lane.run, at.lane.target.patient, why, at.last_error());
        if (!again) co_return why;
    }
}

/// Walks to the end of the object without sending: the commit needs its layout. What is encoded
/// now must be what was sent then, else the attempt is doubtful.
task<result<void>> walk(attempt& at) {
    while (!at.planner.finished()) {
        auto planned = co_await at.planner.next();
        if (!planned) co_return planned.error();
        if (!*planned) continue;
        const auto sent = at.journaled.find((**planned).number);
        if (sent != at.journaled.end() && !same_part(**planned, sent->second)) at.doubtful = true;
        release_blocks(at.lane.source, **planned);
        if (at.doubtful) break; // the planner would take it for a pause, and so for ever
    }
    co_return result<void>();
}

task<result<attempt_end>> upload(attempt& at) {
    auto planned = co_await at.planner.next();
    if (!planned) co_return planned.error();
    if (!*planned) co_return attempt_end::nothing;
    planned_part part = std::move(**planned);
    auto sealed = co_await seal_if_known(at);
    if (!sealed) co_return sealed.error();
    at.announce_next();
    if (part.last && at.plan.upload_id.empty()) {
        auto planned_before = co_await is_what_was_planned(at, part);
        if (!planned_before) co_return planned_before.error();
        if (!*planned_before) co_return attempt_end::doubtful;
        auto stored = co_await put_whole(at, part);
        co_return stored;
    }
    if (at.plan.upload_id.empty()) {
        auto created = co_await create_upload(at);
        if (!created) co_return created.error();
    }
    auto sent = co_await send_parts(at, std::move(part));
    if (!sent) at.step_out();
    co_await at.group->join();
    if (at.doubtful) co_return attempt_end::doubtful;
    if (at.failed) co_return *at.failed;
    if (!sent) co_return sent.error();
    if (at.lane.run.control.stopping()) co_return stopped();
    auto completed = co_await complete(at);
    co_return completed;
}

/// The upload is gone: its Complete may have succeeded with the answer lost.
task<result<attempt_end>> settle_lost_upload(attempt& at) {
    if (!at.plan.sealed_at) co_return attempt_end::doubtful;
    auto walked = co_await walk(at);
    if (!walked) co_return walked.error();
    if (at.doubtful) co_return attempt_end::doubtful;
    auto seen = co_await look_at_key(at);
    if (!seen) co_return seen.error();
    if (*seen == standing::foreign) co_return foreign_object(at);
    co_return *seen == standing::ours ? attempt_end::stored : attempt_end::doubtful;
}

void describe_object(const attempt& at, committed_object& object) {
    const object_layout& layout = at.planner.layout();
    object.key = at.plan.key;
    object.token = at.plan.token;
    object.first = layout.first();
    object.next = layout.next();
    object.events = layout.events();
    object.bytes = layout.bytes();
    object.crc64nvme = layout.crc64nvme();
    object.format = at.plan.format;
    object.codec = at.plan.codec;
    object.encoder = at.plan.encoder;
    object.times = layout.times();
    object.pieces = layout.pieces();
}

task<result<attempt_end>> go_on_or_begin(attempt& at) {
    if (at.plan.completed) {
        auto walked = co_await walk(at);
        if (!walked) co_return walked.error();
        co_return attempt_end::stored;
    }
    if (!at.plan.upload_id.empty()) {
        auto known = co_await recall_parts(at);
        if (!known) co_return known.error();
        if (!*known) {
            auto settled = co_await settle_lost_upload(at);
            co_return settled;
        }
    }
    auto uploaded = co_await upload(at);
    co_return uploaded;
}

task<void> run_in_group(attempt& at, task_group& group, std::optional<result<attempt_end>>& end) {
    at.group = &group;
    end.emplace(co_await go_on_or_begin(at));
}

} // namespace

task<result<attempt_end>>
run_attempt(export_lane_context& lane, plan_row& plan, committed_object& object) {
    attempt at(lane, plan);
    std::optional<result<attempt_end>> end;
    const std::function<task<void>(task_group&)> body = [&at, &end](task_group& group) {
        return run_in_group(at, group, end);
    };
    co_await with_task_group(lane.run.on, body);
    if (!*end && at.too_many_parts) {
        at.last_error() = describe(end->error());
        co_return attempt_end::too_small;
    }
    if (*end && **end == attempt_end::stored) describe_object(at, object);
    if (!*end && lane.target.object_age.count() > 0) co_await at.pace.note_time();
    co_return std::move(*end);
}

task<void> abort_attempt(export_lane_context& lane, const plan_row& plan) {
    if (plan.upload_id.empty()) co_return;
    const std::string key = join_key(lane.key.folder, plan.key);
    constexpr std::chrono::seconds farewell{30};
    co_await remove_upload(
        *lane.target.store, lane.key.bucket, key, plan.upload_id, deadline::in(farewell)
    );
}

} // namespace sluice
