// engine: the parts of one attempt: known from before, waited for in step, sent, acknowledged.
#include "attempt_parts.hpp"

#include "counted.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

namespace {

/// What a running step may hold at once: the block being sent and the one being made, with room for
/// large events.
constexpr std::uint64_t step_memory = std::uint64_t{4} << 20;
/// Of a step whose blocks others send, too.
constexpr std::uint64_t least_step_memory = std::uint64_t{1} << 20;

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
    sent_slices passed = nothing_sent(at, at.lane.target.tells_parts);
    auto send = [&at, &request, &part, &passed]() -> task<result<s3::part_receipt>> {
        part_body body(at.lane.source, part, &passed);
        auto sent = co_await at.store().upload_part(request, body, deadline::never());
        co_return sent;
    };
    std::optional<counted> in_flight(std::in_place, at.lane.target.seen.parts_in_flight);
    auto sent = co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), send);
    in_flight.reset();
    if (sent) at.lane.target.tells_parts = sent->told == request.sum;
    at.seat.end(request.number); // its connection is free for the next, which is one of as many
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
    at.arrive(row.number);
    at.lane.target.seen.bytes += part.size;
    at.sending -= part.size; // not before: what is in neither would let others begin
    ++at.lane.target.seen.parts;
}

/// A part on its way to the coroutine that sends it.
struct part_job {
    planned_part part;
    step_gate::slot slot;
};

/// Gives one planned part its way: already there, or to be sent. Waits for the scheduler, not for
/// the part.
task<result<void>> dispatch(attempt& at, planned_part part) {
    auto sum = co_await checksum_of_part(at.lane.source, part, at.lane.target.algorithm);
    if (!sum) co_return sum.error();
    at.sums[part.number] = *sum;
    at.ends[part.number] = part.after.block.sequence;
    const auto there = at.acknowledged.find(part.number);
    if (there != at.acknowledged.end()) {
        // What is encoded now must be what was sent then; anything else is not to be mixed into one
        // object.
        if (!same_part(part, there->second)) at.doubt();
        at.arrive(part.number);
        release_blocks(at.lane.source, part);
        const running_part passed(at, part.number);
        co_return result<void>();
    }
    const run_control& control = at.lane.run.control;
    while (has_enough(at.lane, at.sending) && !at.over() && !control.sealing())
        co_await control.nap(until_the_supervisor_looks);
    auto slot = co_await enter_step(at, part);
    if (!slot) co_return slot.error();
    at.sending += part.size;
    const auto job = std::make_shared<part_job>(part_job{std::move(part), std::move(*slot)});
    at.group->spawn([&at, job] { return send_part(at, std::move(job->part), std::move(job->slot)); }
    );
    co_await at.group->wait_below(at.lane.target.concurrency);
    co_return result<void>();
}

} // namespace

sent_slices nothing_sent(attempt& at, bool compared) {
    sent_slices none;
    none.seat = &at.seat;
    const s3::client* client = at.lane.target.opened.client.get();
    if (client && client->hashes_bodies()) none.sending_pass = 2;
    const export_target& to = at.lane.target;
    if (compared && to.verifies && to.algorithm == s3::checksum::kind::crc64nvme)
        none.verified = block_source::verified::by_store;
    return none;
}

task<result<step_gate::slot>> enter_step(attempt& at, const planned_part& part) {
    co_await at.seat.ready_for(part.number);
    const std::uint64_t share = std::max(step_memory / at.seat.together(), least_step_memory);
    step_gate::preference wish;
    const step_window::seat::follow others(at.seat, part.number, [&wish] { wish.grant(); });
    auto entered = at.lane.gate.enter(at.lane.scheduled, part.size, share, wish);
    co_return co_await std::move(entered);
}

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

task<result<void>> seal_if_known(attempt& at) {
    if (at.plan.sealed_at || !at.planner.end_is_known()) co_return result<void>();
    at.plan.sealed_at = at.planner.layout().next();
    auto saved = co_await save_plan(at);
    co_return saved;
}

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

} // namespace sluice
