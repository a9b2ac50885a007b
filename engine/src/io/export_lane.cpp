// engine: one partition towards one destination: claim, plan, parts, commit, until the end.
#include "export_lane.hpp"

#include "../core/size_words.hpp"
#include "../core/start_rules.hpp"
#include "lane_claim.hpp"
#include "lane_commits.hpp"
#include "lane_start.hpp"
#include "object_attempt.hpp"
#include "object_pace.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/readable_end.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice {

namespace {

/// Doubts that one object may cause before the lane gives up: each costs an upload.
constexpr unsigned doubts_allowed = 5;

/// `part_size` is that of the object, which may have been begun with another than is given now.
failure parts_too_small(const lane_progressing& at, std::uint64_t part_size) {
    const std::uint64_t given = at.lane.target.part_size;
    failure why;
    why.code = engine_errc::usage;
    why.where = at.lane.target.address + ": --part-size " + size_word(part_size) +
                (given == part_size ? "" : ", with which the object under way was begun") +
                ": the store takes no parts so small, or not so many; ";
    why.where += given > part_size ? "the object is given up, and the same command begins it anew "
                                     "with parts of " +
                                         size_word(given)
                                   : "use a larger --part-size";
    why.where += " (" + at.lane.target.seen.last_error + ")";
    return why;
}

failure too_many_doubts(const lane_progressing& at, unsigned doubts) {
    failure why;
    why.code = engine_errc::gave_up;
    why.where = at.lane.target.address + ": the object at " + to_string(at.row.next) +
                " could not be stored in " + std::to_string(doubts) + " attempts";
    const std::string& last = at.lane.target.seen.last_error;
    if (!last.empty()) why.where += "; " + last;
    return why;
}

/// The attempt has stored nothing. True: the next one may. A doubt may come from a newer claim
/// that has removed the upload: that is looked at before anything else is sent.
task<result<bool>> give_up_attempt(lane_progressing& at, attempt_end ended, unsigned& doubts) {
    co_await abort_attempt(at.lane, *at.plan);
    if (ended == attempt_end::doubtful) {
        abandon_plan(at);
        auto still_ours = co_await learn_tail(at);
        if (!still_ours) co_return still_ours.error();
        if (++doubts <= doubts_allowed) co_return true;
        co_return too_many_doubts(at, doubts);
    }
    // Surely no object: no reminder is needed, and another run may plan with other rules.
    const std::uint64_t part_size = at.plan->part_size;
    auto dropped = co_await drop_plan(at);
    if (!dropped) co_return dropped.error();
    if (ended == attempt_end::too_small) co_return parts_too_small(at, part_size);
    co_return false;
}

/// The stream is damaged in what this object was to hold, or behind it, or holds what the format
/// cannot: the object ends before that, so that what is good is published. False: nothing good is
/// left.
task<result<bool>> end_before_what_is_bad(lane_progressing& at) {
    const position begin = at.plan->first;
    const position end = at.plan->sealed_at.value_or(at.lane.source.end());
    const object_format format = at.lane.target.encoding.format;
    auto good = co_await exportable_end(at.lane.source.stream(), format, begin, end);
    if (!good) co_return good.error();
    if (*good <= begin || *good >= end) co_return false;
    co_await abort_attempt(at.lane, *at.plan);
    abandon_plan(at);
    auto planned = co_await new_plan(at);
    if (!planned) co_return planned.error();
    at.plan->sealed_at = *good;
    auto save = [&at] { return at.lane.run.journal.update_plan(*at.plan); };
    auto saved = co_await journaled(at.lane.run, save);
    if (!saved) co_return saved.error();
    co_return true;
}

/// One object, from the plan to its commit. False: nothing is left to export.
task<result<bool>> export_object(lane_progressing& at, unsigned& doubts) {
    if (!at.plan) {
        auto planned = co_await new_plan(at);
        if (!planned) co_return planned.error();
    }
    if (at.plan->commit_bytes.empty()) {
        committed_object object;
        auto ended = co_await run_attempt(at.lane, *at.plan, object);
        const error_code failed = ended ? error_code() : ended.error().code;
        if (failed == stream_errc::damaged || failed == stream_errc::unfit) {
            auto again = co_await end_before_what_is_bad(at);
            if (!again) co_return again.error();
            if (*again) co_return true;
        }
        if (!ended) co_return ended.error();
        at.uploaded = at.uploaded || !at.plan->upload_id.empty();
        if (*ended != attempt_end::stored) {
            auto more = co_await give_up_attempt(at, *ended, doubts);
            co_return more;
        }
        auto prepared = co_await prepare_commit(at, std::move(object));
        if (!prepared) co_return prepared.error();
    }
    auto published = co_await publish_commit(at);
    if (!published) co_return published.error();
    doubts = 0;
    co_return true;
}

/// What is left out becomes a gap. A commit on its way from an earlier run comes before it.
task<result<void>> leave_gap(lane_progressing& at, position to, const std::string& reason) {
    if (at.plan && !at.plan->commit_bytes.empty()) {
        auto published = co_await publish_commit(at);
        if (!published) co_return published;
    }
    while (at.row.next < to) {
        if (at.plan) {
            co_await abort_attempt(at.lane, *at.plan);
            abandon_plan(at);
        }
        auto written = co_await write_gap(at.lane, at.row, to, reason);
        if (!written) co_return written.error();
        if (*written) break;
        // Somebody else's commit stands there: the tail is to be learnt as at the beginning.
        auto again = co_await take_claim(at.lane);
        if (!again) co_return again.error();
        at.row = again->row;
    }
    auto remember = [&at] { return at.lane.run.journal.put_lane(at.lane.key, at.row); };
    auto remembered = co_await journaled(at.lane.run, remember);
    show_position(at);
    co_return remembered;
}

/// One object after the other, up to the end, which may move.
task<result<void>> export_objects(lane_progressing& at) {
    unsigned doubts = 0;
    failure paused;
    paused.code = engine_errc::paused;
    position idle = at.row.next; ///< up to here there is nothing to export
    while (true) {
        if (at.lane.run.control.stopping()) co_return paused;
        if (!at.plan) {
            if (at.lane.run.control.sealing()) co_return paused;
            auto there = co_await wait_for_events(at.lane, std::max(idle, at.row.next));
            if (!there) co_return there.error();
            if (!*there) break;
        }
        if (!at.plan && has_enough(at.lane)) {
            co_await at.lane.run.control.nap(until_the_supervisor_looks);
            continue;
        }
        const position end = at.lane.source.end();
        auto more = co_await export_object(at, doubts);
        if (!more) co_return more.error();
        if (!*more) idle = end;
    }
    co_return result<void>();
}

/// Up to where the stream has removed, while the export ran, what was to be exported next: a
/// cursor may lag so much and no more (`--max-lag`). nullopt: that is not why it ended.
task<std::optional<position>> lost_up_to(lane_progressing& at, error_code ended) {
    std::optional<position> nothing;
    if (ended != stream_errc::out_of_range && ended != errc::not_found) co_return nothing;
    auto bounds = co_await at.lane.source.stream().bounds(at.lane.key.partition);
    if (!bounds) co_return nothing;
    const position to = std::min(bounds->first, at.lane.source.end());
    if (to <= at.row.next) co_return nothing;
    co_return to;
}

/// What was lost on the way becomes a gap, as what is lost when an export begins does.
task<result<void>> export_what_is_there(lane_progressing& at) {
    while (true) {
        auto exported = co_await export_objects(at);
        if (exported) co_return exported;
        const error_code ended = exported.error().code;
        const auto lost = co_await lost_up_to(at, ended);
        if (!lost) co_return exported;
        if (!at.lane.target.accept_gaps) {
            const std::string where =
                at.lane.target.address + ", partition " + std::to_string(at.lane.key.partition);
            co_return refuse_to_lose(where, at.row.next, *lost);
        }
        auto left = co_await leave_gap(at, *lost, lost_events);
        if (!left) co_return left;
    }
}

task<void>
export_and_look(lane_progressing& at, task_group& group, std::optional<result<void>>& end) {
    group.spawn([&at] { return look_for_old_uploads(at); });
    end.emplace(co_await export_what_is_there(at));
    group.cancel();
}

} // namespace

bool has_enough(const export_lane_context& lane, std::uint64_t begun) {
    const transfer_rules& most = lane.run.rules;
    const target_progress& seen = lane.target.seen;
    return (most.max_events > 0 && seen.events >= most.max_events) ||
           (most.max_bytes > 0 && seen.bytes + begun >= most.max_bytes);
}

task<result<bool>> has_plans(transfer_run& run, const lane_key& lane) {
    auto ask = [&run, &lane]() -> result<bool> {
        auto known = run.journal.find_lane(lane);
        if (!known) return known.error();
        if (!*known) return false;
        auto plans = run.journal.plans(lane);
        if (!plans) return plans.error();
        return !plans->empty();
    };
    auto answer = co_await journaled(run, ask);
    co_return answer;
}

task<result<void>> run_export_lane(export_lane_context& lane) {
    if (lane.run.control.sealing()) {
        // Nothing begins any more: only what is under way is to be ended.
        auto open = co_await has_plans(lane.run, lane.key);
        if (!open) co_return open.error();
        failure nothing;
        nothing.code = engine_errc::paused;
        if (!*open) co_return nothing;
    }
    auto standing = co_await take_claim(lane);
    if (!standing) co_return standing.error();
    lane_progressing at{lane, standing->row, std::nullopt, standing->claimed_now, false, {}};
    auto remember = [&at] { return at.lane.run.journal.put_lane(at.lane.key, at.row); };
    auto remembered = co_await journaled(lane.run, remember);
    if (!remembered) co_return remembered.error();
    show_position(at);
    auto recalled = co_await recall_plan(at);
    if (!recalled) co_return recalled.error();
    if (standing->skip_to) {
        auto left = co_await leave_gap(at, *standing->skip_to, standing->skip_reason);
        if (!left) co_return left.error();
    }
    // What lies before the place where an export begins is not held for it.
    auto moved = co_await move_cursor(at);
    if (!moved) co_return moved.error();
    auto begun_clean = co_await sweep_if_needed(at);
    if (!begun_clean) co_return begun_clean.error();
    std::optional<result<void>> exported;
    const std::function<task<void>(task_group&)> body = [&at, &exported](task_group& group) {
        return export_and_look(at, group, exported);
    };
    co_await with_task_group(lane.run.on, body);
    if (!*exported) co_return std::move(*exported);
    if (at.left_something || at.uploaded) {
        auto swept = co_await sweep_if_needed(at);
        if (!swept) co_return swept.error();
    }
    co_return result<void>();
}

} // namespace sluice
