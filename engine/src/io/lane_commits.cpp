// engine: how an object of a lane becomes part of the export: its commit, and whose the bucket is.
#include "lane_commits.hpp"

#include "commit_log.hpp"
#include "lane_claim.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/engine/object_key.hpp>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

failure fenced_by(const lane_progressing& at, const commit& claim) {
    failure why;
    why.code = engine_errc::fenced;
    why.where = at.lane.target.address + ", partition " + std::to_string(at.lane.key.partition) +
                ": commit " + std::to_string(claim.number) + " is a newer claim by " +
                claim.claim.owner + "; this run ends here and touches nothing more";
    return why;
}

/// Another document stands at our number. Under our own claim the bucket wins.
task<result<void>> learn_what_stands(lane_progressing& at) {
    auto learnt = co_await learn_tail(at);
    if (learnt) abandon_plan(at);
    co_return learnt;
}

void log_commit(const lane_progressing& at, const committed_object& object, std::uint64_t number) {
    const log_field fields[] = {
        {"key", join_key(at.lane.key.folder, object.key)},
        {"first", to_string(object.first)},
        {"next", to_string(object.next)},
        {"events", std::to_string(object.events)},
        {"bytes", std::to_string(object.bytes)},
        {"crc64nvme", crc64_base64(object.crc64nvme)},
        {"commit", std::to_string(number)},
        {"destination", at.lane.target.address},
    };
    at.lane.run.log.write(log_level::info, "object committed", fields, std::size(fields));
}

/// Many destinations publish at the same time: each has its document, and no more.
void leave_pieces(commit& of) {
    for (committed_object& each : of.objects)
        std::vector<piece>().swap(each.pieces);
}

/// A thousand commits are full: whoever reads them later needs one request for all. Not having
/// their page costs time only.
task<void> roll_up(const lane_progressing& at) {
    const std::uint64_t first = at.row.next_commit - commits_per_page;
    auto made = co_await make_page(
        *at.lane.target.store,
        at.lane.target.where,
        at.lane.key.partition,
        first,
        false,
        deadline::never()
    );
    if (!made)
        at.lane.run.log.write(
            log_level::warning,
            "the page of commits from " + std::to_string(first) +
                " was not made: " + describe(made.error())
        );
}

} // namespace

task<result<void>> prepare_commit(lane_progressing& at, committed_object object) {
    auto fingerprint = co_await at.lane.source.stream().fingerprint(object.next);
    if (!fingerprint) co_return fingerprint.error();
    commit document;
    document.kind = commit_kind::objects;
    document.partition = at.lane.key.partition;
    document.number = at.row.next_commit;
    document.epoch = at.row.claim_number;
    document.token = new_token();
    document.at = micros_by(at.lane.run.clock);
    document.next = object.next;
    document.fingerprint = *fingerprint;
    document.objects.push_back(std::move(object));
    at.plan->completed = true;
    at.plan->sealed_at = document.next;
    at.plan->commit_bytes = encode_commit(document);
    leave_pieces(document);
    auto save = [&at] { return at.lane.run.journal.update_plan(*at.plan); };
    auto saved = co_await journaled(at.lane.run, save);
    co_return saved;
}

task<result<void>> learn_tail(lane_progressing& at) {
    auto fetch = [&at] {
        return read_tail(
            *at.lane.target.store,
            at.lane.target.where,
            at.lane.key.partition,
            at.row.claim_number,
            deadline::never()
        );
    };
    auto read = co_await persistently(
        at.lane.run, at.lane.target.patient, at.lane.target.seen.last_error, fetch
    );
    if (!read) co_return read.error();
    const tail& bucket = read->at;
    if (!bucket.claim || bucket.claim->number != at.row.claim_number) {
        if (bucket.claim) co_return fenced_by(at, *bucket.claim);
        failure vanished;
        vanished.code = engine_errc::diverged;
        vanished.where = at.lane.target.address + ": our claim, commit " +
                         std::to_string(at.row.claim_number) + ", is gone";
        co_return vanished;
    }
    at.row.next_commit = bucket.next_number;
    at.row.next = bucket.next;
    at.row.fingerprint = bucket.fingerprint;
    co_return result<void>();
}

task<result<void>> publish_commit(lane_progressing& at) {
    auto document = decode_commit(at.plan->commit_bytes);
    if (!document) co_return document.error();
    leave_pieces(*document);
    if (document->number != at.row.next_commit || document->epoch != at.row.claim_number) {
        auto learnt = co_await learn_what_stands(at);
        co_return learnt;
    }
    auto stands = co_await put_commit(at.lane, document->number, at.plan->commit_bytes);
    if (!stands) co_return stands.error();
    if (!*stands) {
        auto learnt = co_await learn_what_stands(at);
        co_return learnt;
    }
    at.row.next_commit = document->number + 1;
    at.row.next = document->next;
    at.row.fingerprint = document->fingerprint;
    auto note = [&at] { return at.lane.run.journal.committed(at.lane.key, at.row, at.plan->id); };
    auto noted = co_await journaled(at.lane.run, note);
    if (!noted) co_return noted.error();
    at.plan.reset();
    if (at.row.next_commit % commits_per_page == 0) co_await roll_up(at);
    const committed_object& object = document->objects.front();
    log_commit(at, object, document->number);
    ++at.lane.seen.objects;
    ++at.lane.target.seen.objects;
    at.lane.target.seen.events += object.events;
    show_position(at);
    auto moved = co_await move_cursor(at);
    co_return moved;
}

task<result<void>> move_cursor(lane_progressing& at) {
    if (!at.lane.consumed) co_return result<void>();
    auto moved = co_await at.lane.consumed->move(at.row.next);
    co_return moved;
}

} // namespace sluice
