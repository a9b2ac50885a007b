// engine: what one lane of an import reads next, from the first piece to the last append.
#include "import_round.hpp"

#include "counted.hpp"
#include "replaced_since.hpp"

#include <sluice/engine/object_key.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace sluice {

/// A piece on its way, or several that one request brings. Holds its permission (and the memory
/// that goes with it) until it has been appended.
struct piece_under_way {
    explicit piece_under_way(any_io_executor on) : arrived(on) {}
    fetch_item what;
    step_gate::slot slot;
    fetched_bytes content;
    std::optional<failure> failed;
    bool divided = false;  ///< its pieces follow, each alone; it is nothing any more
    bool replaced = false; ///< newer commits name another object in its place
    event arrived;
};

partition_tail tail_of(const import_lane& at) {
    partition_tail tail = at.lane.to.tail(at.lane.target);
    tail.end.partition = at.lane.partition;
    return tail;
}

task<result<void>> append_steps(import_lane& at, std::vector<append_step>& steps) {
    for (append_step& each : steps)
        each.batch.first.partition = each.batch.next.partition = at.lane.target;
    auto appended = co_await at.lane.to.append(at.lane.target, steps);
    co_return appended;
}

position up_to_end(const import_lane& at, position next) {
    return at.window.until ? std::min(next, *at.window.until) : next;
}

namespace {

/// Ready pieces are appended together up to this many bytes: one sync for all of them.
constexpr std::uint64_t append_together = std::uint64_t{16} << 20;

std::uint64_t joined_bytes(const import_lane& at) {
    return bytes_together(at.lane.run.rules.memory, at.lane.gate.concurrency(at.lane.scheduled));
}

/// A piece of whole blocks can come to lie where the writer wants it.
std::optional<piece_frames> frames_for(const import_lane& at, const fetch_item& what) {
    const bool blocks = what.format == "avro" && what.codec == "none" && what.inside;
    const std::optional<frame_shape> shape = at.lane.to.frames();
    if (at.values || !blocks || what.size == 0 || !shape) return std::nullopt;
    import_progress behind = at.progress;
    behind.at = what.next;
    behind.hint_commit = what.commit;
    behind.hint_object = what.key;
    behind.hint_piece = what.piece;
    constexpr std::size_t spare = 128; // for longer numbers, and an event that is open
    return piece_frames{
        *shape,
        at.context,
        encode_import_progress(behind).size() + spare,
        bytes_together(at.lane.run.rules.memory, 1)};
}

task<void> bring_one(import_lane& at, piece_under_way& piece) {
    std::optional<counted> fetching(std::in_place, at.lane.source.seen.parts_in_flight);
    const std::optional<piece_frames> in_frames = frames_for(at, piece.what);
    auto fetched =
        co_await fetch_piece(at.lane.run, at.lane.source, piece.what, piece.content, in_frames);
    fetching.reset();
    if (fetched) {
        at.lane.source.seen.bytes += piece.what.size;
        ++at.lane.source.seen.parts;
        co_return;
    }
    piece.failed = fetched.error();
    const bool alone = piece.what.pieces.empty();
    if (!alone || piece.failed->code != engine_errc::damaged_object) co_return;
    // A repair beside us removes what it has replaced.
    const std::set<std::string> keys{piece.what.key};
    auto replaced = co_await replaced_since(
        at.lane.source.store,
        at.lane.source.where,
        at.lane.partition,
        at.commits.survey().commits(),
        keys,
        deadline::never()
    );
    piece.replaced = replaced && *replaced;
}

/// In the place of several that did not come as they should, each alone: what is wrong is one of
/// them. The last has the permission of all.
std::vector<std::shared_ptr<piece_under_way>> divide(import_lane& at, piece_under_way& several) {
    std::vector<std::shared_ptr<piece_under_way>> made;
    for (fetch_item& each : several.what.pieces) {
        made.push_back(std::make_shared<piece_under_way>(at.lane.run.on));
        made.back()->what = std::move(each);
    }
    made.back()->slot = std::move(several.slot);
    const auto same = [&several](const auto& each) { return each.get() == &several; };
    const auto place = std::ranges::find_if(at.under_way, same);
    at.under_way.insert(std::next(place), made.begin(), made.end());
    several.divided = true;
    several.failed.reset();
    return made;
}

task<void> bring(import_lane& at, std::shared_ptr<piece_under_way> piece) {
    co_await bring_one(at, *piece);
    const bool damaged = piece->failed && piece->failed->code == engine_errc::damaged_object;
    if (!damaged || piece->what.pieces.empty()) {
        piece->arrived.set();
        co_return;
    }
    const auto alone = divide(at, *piece);
    piece->arrived.set();
    for (const auto& each : alone) {
        co_await bring_one(at, *each);
        each->arrived.set();
    }
}

/// Starts the next fetch when the scheduler allows it. False: nothing is left to start.
task<result<void>> start_fetch(import_lane& at, const fetch_item& item) {
    auto slot = co_await at.lane.gate.enter(at.lane.scheduled, item.size, item.size);
    if (!slot) co_return slot.error();
    auto piece = std::make_shared<piece_under_way>(at.lane.run.on);
    piece->what = item;
    piece->slot = std::move(*slot);
    piece->content = at.lane.source.idle.take(item.size);
    at.under_way.push_back(piece);
    at.group->spawn([&at, piece] { return bring(at, piece); });
    co_return result<void>();
}

task<result<std::optional<fetch_item>>> next_item(import_lane& at) {
    import_source& from = at.lane.source;
    const std::uint64_t together = joined_bytes(at);
    auto ask = [&at, together] { return at.items->next(deadline::never(), together); };
    auto item = co_await persistently(at.lane.run, from.patient, from.seen.last_error, ask);
    co_return item;
}

/// Fetches ahead of the appender, in order, as far as the scheduler lets it.
task<void> fetch_ahead(import_lane& at) {
    while (true) {
        auto next = co_await next_item(at);
        if (!next) at.no_more = next.error();
        if (!next || !*next) break;
        const fetch_item& item = **next;
        at.fetched_up_to = item.next;
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

void count_object(import_lane& at, const fetch_item& piece) {
    if (piece.key.empty() || piece.key == at.counted) return;
    at.counted = piece.key;
    ++at.lane.seen.objects;
    ++at.lane.source.seen.objects;
}

/// Whether `--max-events` is reached with what is `gathered`. The supervisor finds it so as soon as
/// that is appended, and pauses.
bool enough_events(const import_lane& at, std::uint64_t gathered) {
    const std::uint64_t most = at.lane.run.rules.max_events;
    return most > 0 && at.lane.source.events_of_all.load() + gathered >= most;
}

task<result<void>> append_made(import_lane& at, gathered& ready) {
    piece_steps made = std::exchange(ready.made, piece_steps());
    const auto pieces = std::exchange(ready.pieces, {});
    if (!made.steps.empty()) {
        auto appended = co_await append_steps(at, made.steps);
        if (!appended) co_return appended.error();
    }
    at.lane.source.seen.events += made.events;
    at.lane.source.events_of_all += made.events;
    if (!at.values) at.lane.seen.done = tail_of(at).end.sequence;
    at.lane.seen.reached = at.lane.seen.done;
    for (const auto& piece : pieces) {
        if (at.values) at.lane.seen.done = piece->what.next.sequence;
        count_object(at, piece->what);
        at.lane.source.idle.give(std::move(piece->content));
        piece->slot.done();
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
    note_left_out(at.progress.left_out, gap.first, gap.next);
    if (at.values) at.values->skip(gap.first, gap.next);
    step.progress = encode_import_progress(at.values ? at.values->progress() : at.progress);
    step.batch.first = step.batch.next = tail_of(at).end;
    ready.made.steps.push_back(std::move(step));
    ++at.lane.gaps;
}

result<std::unique_ptr<piece_reading>> read_piece(import_lane& at, const piece_under_way& piece) {
    const bytes_view bytes = piece.content.bytes;
    if (at.values) return at.values->read(piece.what, bytes);
    const import_window window{at.progress.at, at.window.until};
    if (piece.content.blocks)
        return read_blocks(
            piece.what, piece.content.blocks->batches(), window, at.progress, at.fragments
        );
    return read_records(
        piece.what, bytes, piece.content.sum, at.context, window, at.progress, at.fragments
    );
}

/// An event whose rest is missing is never finished: it is given up, and its sequence is spent.
task<result<void>> give_up_open_event(import_lane& at) {
    if (tail_of(at).end.offset == 0) co_return result<void>();
    auto given_up = co_await at.lane.to.abandon_open_event(at.lane.target);
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
    const position next = up_to_end(at, gap_end(piece.what.next));
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
    if (piece.divided) co_return result<void>();
    if (piece.replaced) {
        at.read_again = true;
        co_return *piece.failed;
    }
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
    at.progress.at = std::max(at.progress.at, up_to_end(at, piece.what.next));
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
             ready.made.bytes < append_together && !enough_events(at, ready.made.events));

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
        constexpr std::chrono::milliseconds soon{10};
        if (enough_events(at, 0))
            co_await at.lane.run.control.nap(soon);
        else if (at.under_way.empty())
            co_await at.moved.wait();
        else
            end = co_await append_arrived(at);
    }
    const bool early = at.fetching || !at.under_way.empty();
    if (early) group.cancel();
    if (!end) co_return;
    if (!early && !at.no_more && at.fetched_up_to) {
        gathered rest;
        end = co_await close_values(at, rest, up_to_end(at, *at.fetched_up_to));
    }
    if (at.no_more) {
        end = *at.no_more;
    } else if (early) {
        failure paused;
        paused.code = engine_errc::paused;
        end = paused;
    }
}

} // namespace

task<result<void>> run_import_round(import_lane& at) {
    at.fetching = true;
    at.under_way.clear();
    at.no_more.reset();
    at.fetched_up_to.reset();
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&at, &end](task_group& group) {
        return bring_all(at, group, end);
    };
    co_await with_task_group(at.lane.run.on, body);
    if (at.values) at.progress = at.values->progress();
    at.lane.source.idle.clear(); // a lane that pauses holds no memory
    co_return end;
}

} // namespace sluice
