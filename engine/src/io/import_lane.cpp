// engine: one partition of an import: pieces fetched ahead, in order to the writer.
#include "import_lane.hpp"

#include "../core/value_import.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/object_key.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

namespace {

/// Ready pieces are appended together up to this many bytes: one sync for all of them.
constexpr std::uint64_t append_together = std::uint64_t{8} << 20;

/// A piece on its way. Holds its permission (and the memory that goes with it) until it has been
/// appended.
struct piece_under_way {
    explicit piece_under_way(any_io_executor on) : arrived(on) {}
    fetch_item what;
    step_gate::slot slot;
    fetched_bytes content;
    std::optional<failure> failed;
    event arrived;
};

/// The lane's state while its coroutines run.
struct import_lane {
    import_lane_context& lane;
    import_progress progress; ///< of the last append
    format_context context;
    std::unique_ptr<value_import> values; ///< where pieces cannot be decoded each alone
    std::vector<fetch_item> items;
    task_group* group = nullptr;
    std::deque<std::shared_ptr<piece_under_way>>
        under_way;        ///< in order; the front is appended next
    bool fetching = true; ///< more may come behind the last one
    pulse moved;          ///< either of the two has changed
    std::deque<fetched_bytes> spare;
    std::optional<failure> no_more; ///< why fetching ended early

    explicit import_lane(import_lane_context& in) : lane(in), moved(in.run.on) {}
};

task<void> bring(import_lane& at, std::shared_ptr<piece_under_way> piece) {
    ++at.lane.source.seen.parts_in_flight;
    auto fetched = co_await fetch_piece(at.lane.run, at.lane.source, piece->what, piece->content);
    --at.lane.source.seen.parts_in_flight;
    if (fetched) {
        at.lane.source.seen.bytes += piece->what.size;
        ++at.lane.source.seen.parts;
    } else {
        piece->failed = fetched.error();
    }
    piece->arrived.set();
}

/// Starts the next fetch when the scheduler allows it. False: nothing is left to start.
task<result<void>> start_fetch(import_lane& at, const fetch_item& item) {
    auto slot = co_await at.lane.gate.enter(at.lane.scheduled, item.size, item.size);
    if (!slot) co_return slot.error();
    auto piece = std::make_shared<piece_under_way>(at.lane.run.on);
    piece->what = item;
    piece->slot = std::move(*slot);
    if (!at.spare.empty()) {
        piece->content = std::move(at.spare.back());
        at.spare.pop_back();
    }
    at.under_way.push_back(piece);
    at.group->spawn([&at, piece] { return bring(at, piece); });
    co_return result<void>();
}

/// Fetches ahead of the appender, in order, as far as the scheduler lets it.
task<void> fetch_ahead(import_lane& at) {
    for (const fetch_item& item : at.items) {
        if (item.gap) {
            auto marker = std::make_shared<piece_under_way>(at.lane.run.on);
            marker->what = item;
            marker->arrived.set();
            at.under_way.push_back(marker);
        } else {
            auto begun = co_await start_fetch(at, item);
            if (!begun) {
                at.no_more = begun.error();
                break;
            }
        }
        at.moved.beat();
    }
    at.fetching = false;
    at.moved.beat();
}

/// What is to be appended next, and the pieces that it points into.
struct gathered {
    piece_steps made;
    std::vector<std::shared_ptr<piece_under_way>> pieces;
    std::shared_ptr<piece_under_way> decoding; ///< there may be more in it
};

task<result<void>> append_made(import_lane& at, gathered& ready) {
    const piece_steps made = std::exchange(ready.made, piece_steps());
    const auto pieces = std::exchange(ready.pieces, {});
    if (!made.steps.empty()) {
        auto appended = co_await at.lane.to.append(at.lane.partition, made.steps);
        if (!appended) co_return appended.error();
    }
    at.lane.source.seen.events += made.events;
    if (!at.values) at.lane.seen.done = at.lane.to.tail(at.lane.partition).end.sequence;
    at.lane.seen.reached = at.lane.seen.done;
    for (const auto& piece : pieces) {
        if (at.values) at.lane.seen.done = piece->what.next.sequence;
        piece->slot.leave();
        if (at.spare.size() < 4) at.spare.push_back(std::move(piece->content));
    }
    co_return result<void>();
}

/// What was held back comes before the gap.
task<result<void>> close_values(import_lane& at, gathered& ready, position next) {
    if (at.values) {
        auto closed = at.values->interrupt(next, ready.made);
        if (!closed) co_return closed.error();
    }
    auto appended = co_await append_made(at, ready);
    co_return appended;
}

void record_gap(import_lane& at, gathered& ready, const fetch_item& gap) {
    append_step step;
    at.progress.at = gap.next;
    step.progress = encode_import_progress(at.values ? at.values->progress() : at.progress);
    step.batch.first = step.batch.next = at.lane.to.tail(at.lane.partition).end;
    ready.made.steps.push_back(std::move(step));
    ++at.lane.gaps;
}

result<std::unique_ptr<piece_reading>> read_piece(import_lane& at, const piece_under_way& piece) {
    const bytes_view bytes = piece.content.bytes.view();
    if (at.values) return at.values->read(piece.what, bytes);
    return read_records(
        piece.what, bytes, piece.content.sum, at.context, at.progress.at, at.progress
    );
}

/// An event whose rest is missing is never finished: it is given up, and its sequence is spent.
task<result<void>> give_up_open_event(import_lane& at) {
    if (at.lane.to.tail(at.lane.partition).end.offset == 0) co_return result<void>();
    auto given_up = co_await at.lane.to.abandon_open_event(at.lane.partition);
    co_return given_up;
}

task<result<void>> gather_gap(import_lane& at, gathered& ready, const fetch_item& gap) {
    auto before = co_await close_values(at, ready, gap.next);
    if (!before) co_return before;
    auto given_up = co_await give_up_open_event(at);
    if (given_up) record_gap(at, ready, gap);
    co_return given_up;
}

/// A piece that no reading gave as it was committed: its positions are a gap, as if a commit said
/// so. Nothing of an event that goes on behind it can be used.
task<result<void>> gather_bad(import_lane& at, gathered& ready) {
    const piece_under_way& piece = *ready.decoding;
    ready.pieces.push_back(ready.decoding);
    const position next = gap_end(piece.what.next);
    if (next <= at.progress.at) co_return result<void>();
    fetch_item gap;
    gap.gap = true;
    gap.first = piece.what.first;
    gap.next = next;
    at.lane.source.seen.left_out.push_back(piece.failed->where);
    auto recorded = co_await gather_gap(at, ready, gap);
    co_return recorded;
}

/// Where the pieces of values lie among events is known from the pieces before them: none of those
/// can be stepped over.
bool may_leave_out(const import_lane& at, const failure& why) {
    return at.lane.run.rules.skip_bad && !at.values && why.code == engine_errc::damaged_object;
}

failure stopped_by(failure why) {
    if (why.code == engine_errc::damaged_object) why.where += "; nothing from there on was written";
    return why;
}

/// Decodes a piece. What it expands to is appended in between: it may be much.
task<result<void>> gather(import_lane& at, gathered& ready) {
    const piece_under_way& piece = *ready.decoding;
    if (piece.failed && !may_leave_out(at, *piece.failed)) co_return stopped_by(*piece.failed);
    if (piece.failed || piece.what.gap) {
        auto missing = piece.failed ? gather_bad(at, ready) : gather_gap(at, ready, piece.what);
        auto recorded = co_await std::move(missing);
        co_return recorded;
    }
    if (!at.values && piece.what.next <= at.progress.at) {
        ready.pieces.push_back(ready.decoding); // a gap reaches beyond it
        co_return result<void>();
    }
    auto reading = read_piece(at, piece);
    if (!reading) co_return reading.error();
    bool more = true;
    while (more) {
        auto read = (*reading)->next(ready.made);
        if (!read) co_return read.error();
        more = *read;
        if (more && ready.made.bytes >= append_together) {
            auto appended = co_await append_made(at, ready);
            if (!appended) co_return appended.error();
        }
    }
    at.progress.at = std::max(at.progress.at, piece.what.next);
    ready.pieces.push_back(ready.decoding);
    co_return result<void>();
}

/// Appends the pieces that have arrived, at least one, in order. A gap begins an append: what lies
/// before it is in the stream by then.
task<result<void>> append_arrived(import_lane& at) {
    gathered ready;
    std::optional<failure> failed;
    do {
        ready.decoding = at.under_way.front();
        co_await ready.decoding->arrived.wait();
        at.under_way.pop_front();
        auto taken = co_await gather(at, ready);
        if (!taken) failed = taken.error();
    } while (!failed && !at.under_way.empty() && at.under_way.front()->arrived.is_set() &&
             ready.made.bytes < append_together);

    // What came before a failure is whole and in order: it is kept.
    auto appended = co_await append_made(at, ready);
    if (!appended) co_return appended.error();
    if (failed) co_return *failed;
    co_return result<void>();
}

/// Leaving early leaves the group cancelled: what is under way is fetched again another time.
task<void> bring_all(import_lane& at, task_group& group, result<void>& end) {
    at.group = &group;
    group.spawn([&at] { return fetch_ahead(at); });
    while (end && (at.fetching || !at.under_way.empty())) {
        if (at.lane.run.control.stopping()) break;
        if (at.under_way.empty())
            co_await at.moved.wait();
        else
            end = co_await append_arrived(at);
    }
    const bool early = at.fetching || !at.under_way.empty();
    if (early) group.cancel();
    if (!end) co_return;
    if (!early && !at.no_more) {
        gathered rest;
        end = co_await close_values(at, rest, at.items.back().next);
    }
    if (at.no_more) {
        end = *at.no_more;
    } else if (early) {
        failure paused;
        paused.code = engine_errc::paused;
        end = paused;
    }
}

/// Where the import stands, by the writer's own word; or at the source's beginning.
result<import_progress> recall(const import_lane_context& lane) {
    const export_folder& where = lane.source.where;
    const partition_tail tail = lane.to.tail(lane.partition);
    import_progress progress;
    progress.bucket = where.bucket;
    progress.folder = where.folder;
    progress.stream = where.document.name;
    progress.incarnation = where.document.incarnation;
    progress.at.partition = lane.partition;
    if (tail.last_progress.empty()) return progress;
    auto last = decode_import_progress(tail.last_progress);
    if (!last) return last.error();
    const bool same = last->incarnation == progress.incarnation &&
                      last->stream == progress.stream && last->bucket == progress.bucket &&
                      last->folder == progress.folder;
    if (same) return last;
    failure why;
    why.code = engine_errc::other_incarnation;
    why.where = "stream " + lane.to.description().name + ": was filled from s3://" + last->bucket +
                "/" + last->folder + " (incarnation " + last->incarnation + "), not from s3://" +
                where.bucket + "/" + where.folder + "; import into another stream";
    return why;
}

failure ahead_of_source(const import_lane& at) {
    const export_folder& where = at.lane.source.where;
    failure why;
    why.code = engine_errc::diverged;
    why.where = "stream " + at.lane.to.description().name + ": was imported up to " +
                to_string(at.progress.at) + ", which s3://" + where.bucket + "/" + where.folder +
                " does not reach: commits were lost there, or it is an older copy";
    return why;
}

task<result<void>> plan_lane(import_lane& at) {
    auto recalled = recall(at.lane);
    if (!recalled) co_return recalled.error();
    at.progress = std::move(*recalled);
    at.context.stream = at.lane.source.where.document.name;
    at.context.incarnation = at.lane.source.where.document.incarnation;
    at.context.partition = at.lane.partition;
    auto fetch = [&at] {
        return fetch_history(
            at.lane.source.store, at.lane.source.where, at.lane.partition, deadline::never()
        );
    };
    auto commits = co_await persistently(
        at.lane.run, at.lane.source.patient, at.lane.source.seen.last_error, fetch
    );
    if (!commits) co_return commits.error();
    const bool knows_more = at.progress.at != position{at.lane.partition, 0, 0} &&
                            (commits->empty() || gap_end(commits->back().next) < at.progress.at);
    if (knows_more) co_return ahead_of_source(at);
    at.items = plan_fetches(*commits, at.progress.at);
    if (values_only(at.lane.format))
        at.values = std::make_unique<value_import>(
            at.lane.format, at.lane.event_bytes, at.progress, at.lane.to.tail(at.lane.partition).end
        );
    at.lane.seen.first = 0;
    if (!commits->empty()) at.lane.seen.first = commits->front().next.sequence;
    at.lane.seen.end = commits->empty() ? 0 : commits->back().next.sequence;
    at.lane.seen.done = at.lane.to.tail(at.lane.partition).end.sequence;
    if (at.values) at.lane.seen.done = at.progress.at.sequence;
    at.lane.seen.reached = at.lane.seen.done;
    co_return result<void>();
}

} // namespace

task<result<void>> run_import_lane(import_lane_context& lane) {
    import_lane at(lane);
    auto planned = co_await plan_lane(at);
    if (!planned) co_return planned.error();
    if (at.items.empty()) co_return result<void>();
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&at, &end](task_group& group) {
        return bring_all(at, group, end);
    };
    co_await with_task_group(lane.run.on, body);
    co_return end;
}

} // namespace sluice
