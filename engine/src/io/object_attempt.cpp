// engine: one attempt at one object: under one key, once.
#include "object_attempt.hpp"

#include "counted.hpp"
#include "object_pace.hpp"
#include "part_body.hpp"
#include "read_back.hpp"
#include "upload_removal_io.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

namespace {

/// What a running step may hold at once: the block being sent and the one being made, with room for
/// large events.
constexpr std::uint64_t step_memory = std::uint64_t{4} << 20;
/// Of a step whose blocks others send, too.
constexpr std::uint64_t least_step_memory = std::uint64_t{1} << 20;

/// The attempt's state while its coroutines run.
struct attempt {
    export_lane_context& lane;
    plan_row& plan;
    object_pace pace;
    object_planner planner;
    step_window::seat seat;                    ///< among the lanes that send the same object
    task_group* group = nullptr;               ///< of the parts under way
    std::map<unsigned, part_row> journaled;    ///< what earlier runs sent, by the journal
    std::map<unsigned, part_row> acknowledged; ///< by the journal and the server
    std::map<unsigned, s3::checksum> sums;     ///< of the parts, as sent
    std::optional<failure> failed;             ///< the first failure decides
    bool doubtful = false;
    bool too_many_parts = false; ///< for this store: why it has failed

    attempt(export_lane_context& in, plan_row& of)
        : lane(in),
          plan(of),
          pace(in, of, [this] { return over(); }),
          planner(in.source, rules()),
          seat(take_seat()) {}
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;
    object_rules rules();
    stretch object_from(position first) const;
    step_window::seat take_seat();
    void announce_next();
    void step_out();
    void doubt();
    void fail(const failure& why);
    bool over() const { return failed || doubtful || lane.run.control.stopping(); }
    std::string full_key() const { return join_key(lane.key.folder, plan.key); }
    s3::object_store& store() const { return *lane.target.store; }
    std::string& last_error() const { return lane.target.seen.last_error; }
};

object_rules attempt::rules() {
    object_rules rules;
    rules.room = [this](const object_layout& so_far) { return pace.room(so_far); };
    // Where events are waited for, what is complete does not wait with them.
    rules.look_ahead = lane.source.end_is_final();
    rules.first = plan.first;
    rules.target_bytes = plan.object_bytes;
    rules.part_size = plan.part_size;
    rules.sealed_at = plan.sealed_at;
    return rules;
}

stretch attempt::object_from(position first) const {
    return {first, plan.part_size, plan.object_bytes, plan.object_events};
}

step_window::seat attempt::take_seat() {
    const stretch object = object_from(plan.first);
    if (lane.ahead.suits(object)) return std::move(lane.ahead);
    lane.ahead = step_window::seat();
    if (!lane.steps || lane.run.control.stopping()) return step_window::seat();
    return step_window::seat(*lane.steps, lane.scheduled, object);
}

/// The end is known, and so is where the next object begins: those that are there first keep what
/// they read.
void attempt::announce_next() {
    const position next = planner.layout().next();
    const bool last = lane.source.end_is_final() && next >= lane.source.end();
    if (!lane.steps || lane.ahead || !planner.end_is_known() || last || over()) return;
    lane.ahead = step_window::seat(*lane.steps, lane.scheduled, object_from(next));
}

/// Nobody is to wait for the rest of an attempt that has come to nothing.
void attempt::step_out() {
    if (lane.steps) lane.steps->step_out(lane.scheduled);
}

void attempt::doubt() {
    doubtful = true;
    step_out();
}

void attempt::fail(const failure& why) {
    if (!failed) failed = why;
    step_out();
}

failure stopped() {
    failure why;
    why.code = engine_errc::paused;
    return why;
}

bool needs_new_key(const failure& why) {
    return why.code == s3::s3_errc::no_such_upload ||
           why.code == s3::s3_errc::conditional_conflict || why.code == s3::s3_errc::invalid_part;
}

task<result<void>> save_plan(attempt& at) {
    auto save = [&at] { return at.lane.run.journal.update_plan(at.plan); };
    auto saved = co_await journaled(at.lane.run, save);
    co_return saved;
}

// --- settling: what stands at the key?
// -------------------------------------------------------------------

/// `differs`: our token, and yet not what this attempt would send.
enum class standing { ours, absent, foreign, differs };

/// There is no token, so the bytes must prove it: by the store's own checksum, or read back. A
/// store may keep no metadata, or none of uploads.
task<result<standing>> look_at_bytes(attempt& at, s3::object_head head) {
    const object_layout& planned = at.planner.layout();
    if (head.size != planned.bytes()) co_return standing::foreign;
    bool same = head.sum.value == planned.crc64nvme();
    if (head.sum.algorithm != s3::checksum::kind::crc64nvme) {
        sent_object expected{at.full_key(), head.etag, planned.bytes(), planned.crc64nvme()};
        auto read = co_await reads_back(at.lane, std::move(expected));
        if (!read) co_return read.error();
        same = *read;
    }
    co_return same ? standing::ours : standing::foreign;
}

/// An object is ours when it carries this attempt's token, has the planned size and, where the
/// store tells one, the planned checksum; or when it carries no token, but the planned bytes.
task<result<standing>> look_at_key(attempt& at) {
    const std::string key = at.full_key();
    auto ask = [&at, &key] { return at.store().head(at.lane.key.bucket, key, deadline::never()); };
    auto head = co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), ask);
    if (!head) {
        if (head.error().code == s3::s3_errc::no_such_key) co_return standing::absent;
        co_return head.error();
    }
    const auto token = head->meta.find("sluice-token");
    if (token == head->meta.end()) {
        auto seen = co_await look_at_bytes(at, std::move(*head));
        co_return seen;
    }
    if (token->second != at.plan.token) co_return standing::foreign;
    const object_layout& planned = at.planner.layout();
    const bool summed = head->sum.algorithm == s3::checksum::kind::crc64nvme;
    const bool same =
        head->size == planned.bytes() && (!summed || head->sum.value == planned.crc64nvme());
    co_return same ? standing::ours : standing::differs;
}

failure foreign(const attempt& at) {
    failure why;
    why.code = engine_errc::foreign_object;
    why.where =
        "s3://" + at.lane.key.bucket + "/" + at.full_key() +
        ": somebody else's object stands at a key that was ours alone; nothing was overwritten";
    return why;
}

// --- the two ways to store an object
// ---------------------------------------------------------------------

sent_slices nothing_sent(attempt& at) {
    sent_slices none;
    none.seat = &at.seat;
    const s3::client* client = at.lane.target.opened.client.get();
    if (client && client->hashes_bodies()) none.sending_pass = 2;
    return none;
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

/// A part under way, as those in step see it.
struct running_part {
    running_part(attempt& of, unsigned n) : at(of), number(n) { at.seat.begin(number); }
    running_part(const running_part&) = delete;
    running_part& operator=(const running_part&) = delete;
    ~running_part() { at.seat.end(number); }

    attempt& at;
    unsigned number;
};

/// Waits for those in step, then for the scheduler. Lanes in step share the blocks they send.
task<result<step_gate::slot>> enter_step(attempt& at, const planned_part& part) {
    co_await at.seat.ready_for(part.number);
    const std::uint64_t share = std::max(step_memory / at.seat.together(), least_step_memory);
    auto entered = at.lane.gate.enter(at.lane.scheduled, part.size, share);
    co_return co_await std::move(entered);
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
    sent_slices passed = nothing_sent(at);
    at.seat.ends_with(part.number);
    const auto slot = co_await enter_step(at, part);
    if (!slot) co_return slot.error();
    const running_part under_way(at, part.number);
    while (true) {
        part_body body(at.lane.source, part, &passed);
        auto put = co_await at.store().put(request, body, deadline::never());
        failure why;
        if (put) {
            at.lane.target.patient.success();
            break;
        }
        why = put.error();
        if (why.code == s3::s3_errc::conditional_conflict) co_return attempt_end::doubtful;
        if (why.code != s3::s3_errc::precondition_failed && !is_transient(why)) co_return why;
        auto seen = co_await look_at_key(at);
        if (!seen) co_return seen.error();
        if (*seen == standing::ours) break;
        if (*seen == standing::foreign) co_return foreign(at);
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

/// A store that takes fewer parts than S3 refuses the number of one, having taken those before it.
bool refuses_number(const failure& why, unsigned number) {
    return number > 1 && why.code == s3::s3_errc::other_client_error &&
           why.peer_text.starts_with("InvalidArgument");
}

/// Sends one part until the server has acknowledged it, then journals it. Failures end the attempt.
task<void> send_part(attempt& at, planned_part part, step_gate::slot slot) {
    const running_part under_way(at, part.number);
    s3::upload_part_request request;
    request.bucket = at.lane.key.bucket;
    request.key = at.full_key();
    request.upload_id = at.plan.upload_id;
    request.number = part.number;
    request.sum = at.sums[part.number];
    sent_slices passed = nothing_sent(at);
    auto send = [&at, &request, &part, &passed]() -> task<result<s3::part_receipt>> {
        part_body body(at.lane.source, part, &passed);
        auto sent = co_await at.store().upload_part(request, body, deadline::never());
        co_return sent;
    };
    std::optional<counted> in_flight(std::in_place, at.lane.target.seen.parts_in_flight);
    auto sent = co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), send);
    in_flight.reset();
    if (sent) slot.done();
    slot.leave();
    if (!sent) {
        at.too_many_parts = at.too_many_parts || refuses_number(sent.error(), request.number);
        if (needs_new_key(sent.error()))
            at.doubt();
        else
            at.fail(sent.error());
        co_return;
    }
    release_blocks(at.lane.source, part, passed.released);
    part_row row = part.after;
    row.etag = sent->etag;
    auto note = [&at, &row] { return at.lane.run.journal.note_part(at.plan.id, row); };
    auto noted = co_await journaled(at.lane.run, note);
    if (!noted) at.fail(noted.error());
    at.acknowledged[row.number] = row;
    at.lane.seen.reached = std::max(at.lane.seen.reached, row.block.sequence);
    at.lane.target.seen.bytes += part.size;
    ++at.lane.target.seen.parts;
}

/// A part on its way to the coroutine that sends it.
struct part_job {
    planned_part part;
    step_gate::slot slot;
};

/// Of the journal's parts those count that the server still has, equal in number, size and ETag.
/// False: the server does not know the upload.
task<result<bool>> recall_parts(attempt& at) {
    auto recall = [&at] { return at.lane.run.journal.parts(at.plan.id); };
    auto journaled_parts = co_await journaled(at.lane.run, recall);
    if (!journaled_parts) co_return journaled_parts.error();
    for (const part_row& row : *journaled_parts)
        at.journaled.emplace(row.number, row);
    s3::list_parts_request request;
    request.bucket = at.lane.key.bucket;
    request.key = at.full_key();
    request.upload_id = at.plan.upload_id;
    auto list = [&at, &request] { return at.store().list_parts(request, deadline::never()); };
    auto listed = co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), list);
    if (!listed) {
        const bool gone = listed.error().code == s3::s3_errc::no_such_upload ||
                          listed.error().code == s3::s3_errc::no_such_key;
        if (gone) co_return false;
        co_return listed.error();
    }
    for (const part_row& row : *journaled_parts) {
        const auto there =
            std::find_if(listed->begin(), listed->end(), [&row](const s3::finished_part& part) {
                return part.number == row.number && part.size == row.size && part.etag == row.etag;
            });
        if (there == listed->end()) continue;
        at.acknowledged.emplace(row.number, row);
        at.pace.sent(row.object_bytes);
    }
    co_return true;
}

/// The decision where the object ends is journaled before anything that relies on it is sent.
task<result<void>> seal_if_known(attempt& at) {
    if (at.plan.sealed_at || !at.planner.end_is_known()) co_return result<void>();
    at.plan.sealed_at = at.planner.layout().next();
    auto saved = co_await save_plan(at);
    co_return saved;
}

/// Gives one planned part its way: already there, or to be sent. Waits for the scheduler, not for
/// the part.
task<result<void>> dispatch(attempt& at, planned_part part) {
    auto sum = co_await checksum_of_part(at.lane.source, part, at.lane.target.algorithm);
    if (!sum) co_return sum.error();
    at.sums[part.number] = *sum;
    const auto there = at.acknowledged.find(part.number);
    if (there != at.acknowledged.end()) {
        // What is encoded now must be what was sent then; anything else is not to be mixed into one
        // object.
        if (!same_part(part, there->second)) at.doubt();
        release_blocks(at.lane.source, part);
        const running_part passed(at, part.number);
        co_return result<void>();
    }
    auto slot = co_await enter_step(at, part);
    if (!slot) co_return slot.error();
    const auto job = std::make_shared<part_job>(part_job{std::move(part), std::move(*slot)});
    at.group->spawn([&at, job] { return send_part(at, std::move(job->part), std::move(job->slot)); }
    );
    co_await at.group->wait_below(at.lane.target.concurrency);
    co_return result<void>();
}

/// Plans the object's parts and sends those that are missing, from the second look at `part` on.
task<result<void>> send_parts(attempt& at, planned_part part) {
    while (true) {
        const bool last = part.last;
        const unsigned number = part.number;
        if (last) at.seat.ends_with(number);
        auto dispatched = co_await dispatch(at, std::move(part));
        if (!dispatched) co_return dispatched.error();
        if (last || at.over()) break;
        auto planned = co_await at.planner.next();
        if (!planned) co_return planned.error();
        auto sealed = co_await seal_if_known(at);
        if (!sealed) co_return sealed.error();
        at.announce_next();
        if (!*planned) { // the part before was the last one
            at.seat.ends_with(number);
            break;
        }
        part = std::move(**planned);
    }
    co_return result<void>();
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
        if (*seen == standing::foreign) co_return foreign(at);
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
    if (*seen == standing::foreign) co_return foreign(at);
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
