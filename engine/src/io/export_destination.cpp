// engine: one destination of a running export: its lanes, each as it is wanted.
#include "export_destination.hpp"

#include "../core/joint_state.hpp"
#include "export_lane.hpp"
#include "lane_release.hpp"
#include "probe.hpp"
#include "raised.hpp"
#include "stream_document_io.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/cursor_place.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

/// A lane's place, whether it runs or not.
struct export_destination::seat : lane_seat {
    seat(any_io_executor on, std::uint32_t of) : lane_seat(std::move(on)), partition(of) {}

    std::uint32_t partition;
    wish settled = wish::run; ///< to what end it has come: stop or cancel
    bool refused = false;     ///< another transfer has the claim
    bool sealed = false;      ///< it has run, to its end, under a seal of the whole transfer
    std::optional<failure> failed;
    wish failed_under = wish::run; ///< what was wanted when it failed
    std::string shown;             ///< its state, as the journal has it
};

namespace {

/// Expects the lane's use of each block as long as it lives.
struct joined_source {
    explicit joined_source(block_source& to) : source(to) { source.join(); }
    ~joined_source() { source.leave(); }
    joined_source(const joined_source&) = delete;
    joined_source& operator=(const joined_source&) = delete;
    block_source& source;
};

std::chrono::milliseconds time_since(std::chrono::steady_clock::time_point then) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - then
    );
}

failure code_only(engine_errc code) {
    failure why;
    why.code = code;
    return why;
}

/// Of the stream: how far this destination is.
std::string cursor_name(const export_target& target) {
    const std::string identity = target.claim_transfer + '\0' + target.endpoint + '\0' +
                                 target.where.bucket + '\0' + target.where.folder;
    const sha256_digest digest = sha256(as_bytes(identity));
    return "export-" + hex(bytes_view(digest).first(8));
}

} // namespace

export_destination::export_destination(
    export_grounds& on, std::unique_ptr<export_target> target, const destination_row& row
)
    : on_(on),
      target_(std::move(target)),
      row_(row),
      own_(wish_of(row.desired)),
      prepared_(on.run.on) {
    row_.endpoint = target_->endpoint;
    row_.url = target_->opened.url;
    row_.target = target_->address;
    row_.claim = target_->claim_transfer;
    row_.cursor = cursor_name(*target_);
}

export_destination::~export_destination() = default;

void export_destination::take_bounds(const std::vector<stream_bounds>& bounds) {
    for (std::uint32_t n = 0; n < bounds.size(); ++n) {
        seats_.push_back(std::make_unique<seat>(on_.run.on, n));
        lane_progress lane;
        lane.partition = n;
        lane.first = lane.done = lane.reached = bounds[n].first.sequence;
        lane.end = bounds[n].end.sequence;
        target_->seen.lanes.push_back(lane);
    }
    for (const lane_wish_row& each : row_.lanes) {
        if (each.partition >= seats_.size()) continue;
        seat& lane = *seats_[each.partition];
        lane.own = wish_of(each.desired);
        lane.shown = each.observed;
        // An end that an earlier run has brought about needs not be brought about again.
        if (each.observed == "stopped") lane.settled = wish::stop;
        if (each.observed == "cancelled") lane.settled = wish::cancel;
    }
}

wish export_destination::wanted_of(const seat& lane) const {
    return std::max(own_, lane.own);
}

bool export_destination::is_due(const seat& lane) const {
    const wish wanted = wanted_of(lane);
    if (!on_.share.has(lane.partition) || on_.run.control.stopping()) return false;
    if (lane.failed && lane.failed_under == wanted) return false;
    // Under a seal of the whole transfer each lane ends what it has under way, once.
    if (wanted < wish::stop && on_.run.control.sealing())
        return !on_.ends_only && !lane.done && !lane.sealed && lane.settled == wish::run;
    if (wanted == wish::run) return !lane.done && !on_.ends_only;
    // What a seal of the whole transfer leaves undone of it, the next run does.
    const bool served = on_.run.control.sealing() && lane.sealed;
    return wanted > wish::pause && lane.settled < wanted && !served;
}

void export_destination::obey(const destination_row& wanted) {
    const wish before = own_;
    own_ = wish_of(wanted.desired);
    row_.desired = wanted.desired;
    std::vector<wish> lanes(seats_.size(), wish::run);
    for (const lane_wish_row& each : wanted.lanes)
        if (each.partition < lanes.size()) lanes[each.partition] = wish_of(each.desired);
    for (std::size_t n = 0; n < seats_.size(); ++n) {
        seat& lane = *seats_[n];
        const wish lane_before = std::max(before, lane.own);
        lane.own = lanes[n];
        if (wanted_of(lane) != lane_before) ask(lane, lane_before);
    }
}

/// The wish has changed. A lane at work is told so; one that is to go on begins anew when it has
/// ended.
void export_destination::ask(seat& lane, wish before) {
    const wish wanted = wanted_of(lane);
    if (before != wish::run) {
        lane.failed.reset();
        unready_.reset();
    }
    if (wanted == wish::run) lane.settled = wish::run;
    if (!lane.busy || !lane.run || wanted == wish::run) return;
    const transfer_rules& rules = on_.run.rules;
    const bool seals = wanted == wish::stop || rules.pausing == on_pause::seal;
    if (seals && wanted != wish::cancel) {
        lane.run->control.seal();
    } else {
        lane.stop(on_.gate, wanted == wish::cancel ? std::chrono::milliseconds(0) : rules.drain);
        on_.source_of(target_->encoding, lane.partition).steps.step_out(*lane.scheduled);
    }
    prepared_.beat();
}

void export_destination::start_due(task_group& group) {
    for (const auto& each : seats_) {
        if (each->busy || !is_due(*each)) continue;
        seat& lane = *each;
        if (busy_ == 0) busy_since_ = std::chrono::steady_clock::now();
        const auto working =
            std::make_shared<seat_at_work>(lane, busy_, [this] { all_lanes_ended(); });
        group.spawn([this, &lane, working] { return keep(lane, *working); });
    }
}

/// Nothing of it runs: what stays open for the next request is closed.
void export_destination::all_lanes_ended() {
    worked_ += time_since(busy_since_);
    target_->opened.close();
    if (own_ >= wish::stop) {
        consumed_.reset();
        cursor_sought_ = false;
        ready_ = false;
    }
}

/// What it moved it moved in that time: it may have joined late, paused, or been done early.
std::chrono::milliseconds export_destination::worked() const {
    return is_busy() ? worked_ + time_since(busy_since_) : worked_;
}

task<void> export_destination::keep(seat& lane, seat_at_work& working) {
    const seat_at_work::until_here at_last(working);
    while (is_due(lane)) {
        const wish wanted = wanted_of(lane);
        co_await serve(lane, wanted);
    }
}

void export_destination::note_failure(seat& lane, wish under) {
    if (!lane.failed) return;
    lane.failed_under = under;
    if (failed_as_ == 0) failed_as_ = ++on_.failures;
}

/// As far as the wish goes that stands at its beginning, or one that comes meanwhile.
task<void> export_destination::serve(seat& lane, wish wanted) {
    lane.take(on_.run, on_.gate, target_->scheduled);
    lane.failed.reset();
    if (wanted == wish::run) lane.settled = wish::run;
    if (wanted == wish::stop) lane.run->control.seal();
    if (wanted != wish::cancel) {
        const std::function<task<void>()> work = [this, &lane] { return export_lane(lane); };
        co_await lane.work.run(work);
        note_failure(lane, wanted);
    }
    lane.sealed = on_.run.control.sealing();
    const wish now = wanted_of(lane);
    const bool aborts = now == wish::pause && on_.run.rules.pausing == on_pause::abort;
    if (now == wish::run || on_.run.control.ending() || (now == wish::pause && !aborts)) co_return;
    if (lane.failed && now != wish::cancel) co_return;
    lane.failed.reset();
    lane.run.emplace(part_of(on_.run));
    const std::function<task<void>()> leave = [this, &lane, now] {
        return say_farewell(lane, now);
    };
    co_await lane.work.run(leave);
    note_failure(lane, now);
}

task<void> export_destination::export_lane(seat& lane) {
    if (lane.run->control.sealing()) {
        const lane_key key = key_of(lane.partition);
        auto open = co_await has_plans(on_.run, key);
        if (!open) lane.failed = open.error();
        if (!open || !*open) co_return;
    }
    lane.refused = false;
    auto ready = co_await prepare(lane);
    if (!ready) {
        if (ready.error().code != engine_errc::paused) lane.failed = ready.error();
        co_return;
    }
    shared_source& source = on_.source_of(target_->encoding, lane.partition);
    export_lane_context context{
        *lane.run,
        *target_,
        source.blocks,
        on_.gate,
        *lane.scheduled,
        key_of(lane.partition),
        target_->seen.lanes[lane.partition],
        [this] { return find_cursor(); },
        nullptr,
        &source.steps,
        step_window::seat(
            source.steps, *lane.scheduled, on_.gate.destination_of(*lane.scheduled), std::nullopt
        )};
    const joined_source joined(source.blocks);
    auto ended = co_await run_export_lane(context);
    if (ended)
        lane.done = true;
    else if (ended.error().code != engine_errc::paused)
        lane.failed = ended.error();
    lane.refused = !ended && ended.error().code == engine_errc::claimed_by_other;
    if (lane.refused) co_await let_go(lane);
}

task<result<void>> export_destination::greet(transfer_run& run) {
    if (target_->greeted) co_return result<void>();
    auto checksums = co_await probe_checksums(run, *target_);
    target_->greeted = checksums.has_value();
    co_return checksums;
}

void export_destination::note_unready(const failure& why) {
    if (why.code != engine_errc::paused) unready_ = why;
}

/// One lane makes the destination ready for all; when it is paused meanwhile another one does.
task<result<void>> export_destination::prepare(seat& lane) {
    while (preparing_) {
        if (lane.run->control.stopping()) co_return code_only(engine_errc::paused);
        co_await prepared_.wait();
    }
    if (ready_) co_return result<void>();
    if (unready_) co_return *unready_;
    const raised now(preparing_, prepared_);
    if (values_only(target_->encoding.format) && !std::exchange(values_told_, true))
        on_.run.log.write(
            log_level::warning,
            target_->address + ": " + std::string(name_of(target_->encoding.format)) +
                " objects hold values only; keys, headers and timestamps leave no trace" +
                (target_->encoding.format == object_format::lines ? ", and null is empty" : "")
        );
    auto greeted = co_await greet(*lane.run);
    if (!greeted) {
        note_unready(greeted.error());
        co_return greeted;
    }
    auto settled = co_await settle_stream_document(*lane.run, *target_);
    if (!settled) {
        note_unready(settled.error());
        co_return settled;
    }
    ready_ = true;
    co_return settled;
}

/// The first lane that is about to claim opens it for all.
task<cursor*> export_destination::find_cursor() {
    while (seeking_cursor_)
        co_await prepared_.wait();
    if (!cursor_sought_) {
        const raised now(seeking_cursor_, prepared_);
        auto opened = co_await open_cursor();
        consumed_ = std::move(opened);
        cursor_sought_ = true;
        for (const auto& each : seats_)
            if (each->refused) co_await let_go(*each);
    }
    co_return consumed_.get();
}

/// What another transfer exports is not held for this one: that one has a cursor of its own.
task<void> export_destination::let_go(const seat& lane) {
    if (!consumed_) co_return;
    const position nothing{lane.partition, needs_nothing, 0};
    auto moved = co_await consumed_->move(nothing);
    if (!moved) on_.run.log.write(log_level::warning, describe(moved.error()));
}

/// One cursor per destination holds all its partitions. Somebody else's run may hold it: exporting
/// does not depend on it.
task<std::unique_ptr<cursor>> export_destination::open_cursor() {
    auto opened = co_await on_.open_cursor(cursor_name(*target_));
    logger& log = on_.run.log;
    if (opened && !(**opened).note().empty()) log.write(log_level::warning, (**opened).note());
    if (opened) co_return std::move(*opened);
    log.write(log_level::warning, "going on without a cursor: " + describe(opened.error()));
    co_return std::unique_ptr<cursor>();
}

task<void> export_destination::say_farewell(seat& lane, wish what) {
    auto left = co_await take_leave(lane, *lane.run, what);
    if (left)
        lane.settled = what == wish::pause ? wish::run : what;
    else if (left.error().code != engine_errc::paused)
        lane.failed = left.error();
}

task<result<void>> export_destination::take_leave(seat& lane, transfer_run& run, wish what) {
    export_lane_context context{
        run,
        *target_,
        on_.source_of(target_->encoding, lane.partition).blocks,
        on_.gate,
        lane_id{},
        key_of(lane.partition),
        target_->seen.lanes[lane.partition]};
    auto recall = [&run, &context] { return run.journal.find_lane(context.key); };
    auto known = co_await journaled(run, recall);
    if (!known) co_return known.error();
    if (!*known) co_return result<void>();
    auto greeted = co_await greet(run);
    if (!greeted) co_return greeted;
    if (what == wish::pause) {
        auto aborted = co_await abort_plans(context, true);
        co_return aborted;
    }
    auto released = co_await release_lane(context);
    co_return released;
}

task<result<void>> export_destination::farewell(wish what) {
    for (const auto& each : seats_) {
        seat& lane = *each;
        if (!on_.share.has(lane.partition)) continue;
        if (lane.settled >= what && what != wish::pause) continue;
        auto left = co_await take_leave(lane, on_.run, what);
        if (!left) co_return left;
        if (what == wish::pause) continue;
        lane.settled = what;
        lane.failed.reset();
    }
    co_return result<void>();
}

lane_key export_destination::key_of(std::uint32_t partition) const {
    return lane_key_of(*target_, on_.run.name, partition);
}

std::string export_destination::state_of(const seat& lane) const {
    const wish wanted = wanted_of(lane);
    if (lane.busy) return state_on_the_way(wanted);
    if (lane.failed) return "failed";
    if (lane.settled != wish::run) return name_of_end(lane.settled);
    if (lane.done) return "completed";
    const bool begun = lane.scheduled || wanted == wish::pause || on_.run.control.ending();
    if (on_.ends_only && !lane.shown.empty()) return lane.shown;
    return begun ? "paused" : "pending";
}

std::string export_destination::state() const {
    if (seats_.empty()) return own_ == wish::pause ? "paused" : "pending";
    std::string state;
    for (const auto& each : seats_)
        if (on_.share.has(each->partition)) state = joint_state(state, state_of(*each));
    const bool over = state == "stopped" || state == "cancelled";
    return row_.desired == "removed" && over ? "removed" : state;
}

bool export_destination::is_removed() const {
    return row_.desired == "removed" && state() == "removed";
}

std::optional<failure> export_destination::outcome() const {
    std::optional<failure> end;
    for (const auto& each : seats_)
        if (each->failed) return each->failed;
    const std::string now = state();
    if (now == "completed" || now == "removed") return end;
    if (now == "stopped") return code_only(engine_errc::stopped);
    if (now == "cancelled") return code_only(engine_errc::cancelled);
    return code_only(engine_errc::paused);
}

const target_progress& export_destination::look(double seconds) {
    target_progress& seen = target_->seen;
    seen.state = state();
    seen.endpoint = target_->endpoint;
    seen.failing = target_->patient.failing();
    seen.desired = row_.desired;
    for (const auto& each : seats_) {
        const seat& lane = *each;
        if (!on_.share.has(lane.partition)) continue;
        seen.lanes[lane.partition].state = state_of(lane);
        if (lane.failed) seen.last_error = describe(*lane.failed);
    }
    target_->rate.observe(seen.bytes, seconds);
    seen.bytes_per_second = target_->rate.per_second();
    seen.retries = target_->opened.retries();
    seen.worked = worked();
    const lanes_moved moved = moved_by(seen.lanes, on_.share);
    seen.percent = moved.percent();
    target_->events_rate.observe(static_cast<std::uint64_t>(moved.done), seconds);
    seen.seconds_left = seconds_left(moved.left(), target_->events_rate.per_second());
    return seen;
}

destination_row export_destination::observed() {
    destination_row row = row_;
    row.observed = state();
    row.last_error = target_->seen.last_error;
    row.lanes.clear();
    for (const auto& each : seats_) {
        const seat& lane = *each;
        if (!on_.share.has(lane.partition)) continue;
        lane_wish_row now;
        now.partition = lane.partition;
        now.observed = state_of(lane);
        row.lanes.push_back(std::move(now));
    }
    return row;
}

} // namespace sluice
