// engine: a whole import: one prefix, one reserved stream, one lane per partition.
#include "import_run.hpp"

#include "../core/fetch_plan.hpp"
#include "../core/joint_state.hpp"
#include "../core/left_out.hpp"
#include "../core/rate_meter.hpp"
#include "../core/share_rules.hpp"
#include "common_log.hpp"
#include "import_core.hpp"
#include "import_opening.hpp"
#include "lane_seat.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/engine/guarantee.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// `own`: also of all of them alone; run or pause.
struct import_seat : lane_seat {
    import_seat(any_io_executor on, const partition_pair& of, std::size_t where)
        : lane_seat(std::move(on)), which(of), core(where) {}

    partition_pair which;
    std::size_t core;       ///< on which its lane runs
    std::size_t number = 0; ///< there
    bool failed = false;
    bool knows_before = false; ///< what runs before this one left out has been taken in
};

/// The transfer's strand knows what is wanted of each lane and how it ended; the lanes themselves
/// run on the cores, which have nothing in common but the stream's writer and the journal.
class import_work final : public transfer_work {
  public:
    explicit import_work(import_parts parts)
        : run_(parts.shared.run),
          address_(std::move(parts.from)),
          store_(std::move(parts.store)),
          endpoint_(store_.endpoint),
          streams_(std::move(parts.streams)),
          stream_(std::move(parts.stream)),
          asked_(std::move(parts.spec)),
          places_(std::move(parts.more)),
          open_source_(std::move(parts.open)),
          log_(run_.log),
          opening_{
              run_,
              asked_,
              address_,
              store_.use(),
              *streams_,
              stream_,
              std::move(parts.folder),
              patience(asked_.rules.retry_for)} {
        places_.insert(places_.begin(), import_place{run_.on, run_.steps});
        seen_.target = to_string(address_);
        seen_.state = "running";
    }

    task<void> work(const wishes_look& look_again) override;
    void close() override;
    void obey(const std::vector<destination_row>& wanted) override;
    task<void> refresh(double) override;
    std::vector<destination_row> observed() override;
    task<result<void>> farewell(wish what) override;
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return side_; }

  private:
    task<result<void>> open_both();
    result<void> make_cores();
    std::size_t spread_over() const;
    void ask(import_seat& lane);
    void start_due();
    std::string state_of(const import_seat& lane) const;
    target_progress seen_of_all() const;
    void tell_paused();
    void tell_missing();
    void note_before(import_seat& lane, const left_out_ranges& before);
    task<void> run_lanes(task_group& group, const wishes_look& look_again);
    task<void> keep(import_seat& lane, seat_at_work& working);
    task<void> run_lane(import_seat& lane);
    task<void> end();
    void fail(const failure& why, side where);

    transfer_run& run_;
    bucket_address address_;
    opened_store store_; ///< until there are cores
    std::string endpoint_;
    std::shared_ptr<stream_store> streams_;
    std::string stream_;
    import_spec asked_;
    std::vector<import_place> places_; ///< the strand's own is the first
    source_opener open_source_;
    common_log log_;
    std::vector<std::unique_ptr<share_log>> logs_; ///< of the cores
    import_opening opening_;
    std::atomic<std::uint64_t> events_ = 0; ///< appended by all
    std::vector<std::shared_ptr<import_core>> cores_;
    std::vector<core_snapshot> snapshots_; ///< of each, as it was fetched last
    target_progress seen_;                 ///< beside what the cores have seen
    rate_meter rate_, events_rate_;
    destination_row row_; ///< where it comes from, as the journal knows it
    std::vector<std::unique_ptr<import_seat>> seats_; ///< as chosen
    task_group* group_ = nullptr;                     ///< of the lanes, while there are any
    unsigned at_work_ = 0;                            ///< lanes
    wish left_as_ = wish::pause; ///< what became of lanes that are not at their end
    std::uint64_t gaps_ = 0;
    std::uint64_t gaps_before_ = 0; ///< left out by runs before this one
    std::optional<failure> outcome_;
    side side_ = side::neither;
};

task<void> import_work::work(const wishes_look& look_again) {
    auto opened = co_await open_both();
    if (opened) {
        const std::function<task<void>(task_group&)> all = [this, &look_again](task_group& group) {
            return run_lanes(group, look_again);
        };
        const forgotten_at_end at_last(group_);
        co_await with_task_group(run_.on, all);
        tell_paused();
    } else {
        fail(opened.error(), opening_.failing);
    }
    co_await end();
}

/// The lanes have ended, if there were any.
task<void> import_work::end() {
    co_await refresh(0);
    if (opening_.to) {
        auto closed = co_await opening_.to->close();
        if (!closed) fail(closed.error(), side::destination);
        opening_.to.reset();
    }
    if (outcome_ && outcome_->code != engine_errc::paused)
        co_await streams_->undo_reservation(stream_, opening_.was);
    tell_missing();
    if (!outcome_) seen_.state = "completed";
}

void import_work::fail(const failure& why, side where) {
    const bool paused = why.code == engine_errc::paused;
    seen_.state = paused ? "paused" : "failed";
    if (why.code == engine_errc::gap) seen_.state = "completed";
    if (!paused) seen_.last_error = describe(why);
    if (!outcome_ || outcome_->code == engine_errc::paused) {
        outcome_ = why;
        side_ = where;
    }
}

task<result<void>> import_work::open_both() {
    auto opened = co_await open_import(opening_);
    if (opening_.to) seen_.guarantee = guarantee_of(opening_.to->description());
    if (!opened) co_return opened;
    row_ = opening_.row;
    auto made = make_cores();
    if (!made) opening_.failing = side::source;
    co_return made;
}

/// A writer whose partitions all belong to one strand keeps the import there.
std::size_t import_work::spread_over() const {
    const std::vector<partition_pair>& pairs = opening_.choice.pairs;
    const std::size_t shares = shares_of(asked_.rules, pairs.size(), places_.size());
    for (std::size_t n = 0; shares > 1 && n < pairs.size(); ++n)
        if (!opening_.to->hand_over(pairs[n].target, places_[n % shares].on)) return 1;
    return shares;
}

result<void> import_work::make_cores() {
    const std::size_t shares = spread_over();
    const auto number = static_cast<unsigned>(shares);
    std::vector<std::shared_ptr<import_core>> made;
    for (std::size_t n = 0; n < shares; ++n) {
        logs_.push_back(std::make_unique<share_log>(log_, n));
        logger& log = shares > 1 ? *logs_.back() : run_.log;
        auto store = shares > 1 ? open_source_(places_[n].on, shares, log) : std::move(store_);
        if (!store) return store.error();
        import_core_parts parts{
            places_[n],
            std::move(*store),
            log,
            rules_of_share(asked_.rules, shares),
            (ranges_at_first + number - 1) / number, // more at once would not stay in the cache
            opening_.where,
            opening_.patient,
            events_};
        made.push_back(std::make_shared<import_core>(run_, std::move(parts)));
    }
    const std::vector<partition_pair>& pairs = opening_.choice.pairs;
    for (std::size_t n = 0; n < pairs.size(); ++n) {
        seats_.push_back(std::make_unique<import_seat>(run_.on, pairs[n], n % shares));
        seats_.back()->number = made[n % shares]->add_lane(pairs[n].source);
    }
    store_.close();
    cores_ = std::move(made);
    snapshots_.resize(shares);
    return result<void>();
}

task<void> import_work::run_lanes(task_group& group, const wishes_look& look_again) {
    group_ = &group;
    obey({row_});
    co_await join_for_good(group, look_again);
}

void import_work::close() {
    for (const auto& each : cores_)
        boost::asio::post(each->on(), [each] { each->close(); });
}

void import_work::obey(const std::vector<destination_row>& wanted) {
    for (const destination_row& row : wanted) {
        if (row.id != row_.id || row_.id == 0) continue;
        row_ = row;
        for (const auto& lane : seats_) {
            wish own = wish_of(row.desired);
            for (const lane_wish_row& each : row.lanes)
                if (each.partition == lane->which.source)
                    own = std::max(own, wish_of(each.desired));
            const wish before = std::exchange(lane->own, std::min(own, wish::pause));
            if (lane->own != before) ask(*lane);
        }
    }
    start_due();
}

/// Its wish has changed.
void import_work::ask(import_seat& lane) {
    if (lane.own == wish::run) lane.failed = false;
    if (lane.own == wish::run || !lane.busy || !lane.run) return;
    lane.run->control.stop();
    const std::shared_ptr<import_core>& core = cores_[lane.core];
    boost::asio::post(core->on(), [core, n = lane.number] { core->close_lane(n); });
    lane.work.cut_in(run_.rules.drain);
}

void import_work::start_due() {
    if (!group_ || run_.control.ending()) return;
    for (const auto& each : seats_) {
        const bool due = each->own == wish::run && !each->done && !each->failed && !each->busy;
        if (!due) continue;
        import_seat& lane = *each;
        const auto working = std::make_shared<seat_at_work>(lane, at_work_, [] {});
        group_->spawn([this, &lane, working] { return keep(lane, *working); });
    }
}

task<void> import_work::keep(import_seat& lane, seat_at_work& working) {
    const seat_at_work::until_here at_last(working);
    while (lane.own == wish::run && !lane.done && !lane.failed && !run_.control.ending()) {
        lane.run.emplace(cores_[lane.core]->run_of_lane());
        const std::function<task<void>()> work = [this, &lane] { return run_lane(lane); };
        co_await lane.work.run(work);
    }
}

task<void> import_work::run_lane(import_seat& lane) {
    import_core& core = *cores_[lane.core];
    import_lane_context context{
        *lane.run,
        core.source(),
        *opening_.to,
        core.gate(),
        lane_id{},
        lane.which.source,
        lane.which.target,
        asked_.start.of(lane.which.source),
        asked_.end.of(lane.which.source),
        asked_.follow,
        asked_.poll,
        opening_.format,
        asked_.event_bytes,
        core.source().seen.lanes[lane.number],
        0,
        {}};
    auto ended = co_await core.run_lane(lane.number, context);
    gaps_ += context.gaps;
    note_before(lane, context.before);
    lane.done = ended.has_value();
    lane.failed = !ended && ended.error().code != engine_errc::paused;
    if (lane.failed) fail(ended.error(), side::source);
}

/// A lane that was paused alone and goes on finds what this run left out.
void import_work::note_before(import_seat& lane, const left_out_ranges& before) {
    if (std::exchange(lane.knows_before, true)) return;
    constexpr std::size_t most_named = 100;
    gaps_before_ += before.count;
    std::vector<std::string>& names = seen_.left_out_earlier;
    for (std::string& each : names_of(before))
        if (names.size() < most_named) names.push_back(std::move(each));
}

/// All that is missing in the stream, whichever run left it out.
void import_work::tell_missing() {
    const target_progress seen = seen_of_all();
    if (outcome_ || gaps_ + gaps_before_ == 0) return;
    failure missing;
    missing.code = engine_errc::gap;
    if (gaps_ > 0)
        missing.where = std::to_string(gaps_) +
                        " ranges are missing from the source and were recorded as gaps" +
                        first_of(seen.left_out);
    const std::string before = left_out_earlier(seen.left_out_earlier, gaps_before_);
    if (gaps_ > 0 && !before.empty()) missing.where += "; ";
    missing.where += before;
    fail(missing, side::source);
}

/// Lanes that did not come to their end, because of the transfer's pause or their own.
void import_work::tell_paused() {
    failure paused;
    paused.code = engine_errc::paused;
    for (const auto& each : seats_)
        if (!each->done && !each->failed) fail(paused, side::source);
}

std::string import_work::state_of(const import_seat& lane) const {
    if (lane.busy) return state_on_the_way(lane.own);
    if (lane.failed) return "failed";
    return lane.done ? "completed" : name_of_end(left_as_);
}

/// Nothing is to be undone.
task<result<void>> import_work::farewell(wish what) {
    left_as_ = what;
    if (seen_.state == "paused") seen_.state = name_of_end(what);
    co_return result<void>();
}

std::vector<destination_row> import_work::observed() {
    std::vector<destination_row> rows;
    if (row_.id == 0 || seats_.empty()) return rows;
    destination_row row = row_;
    row.lanes.clear();
    const target_progress seen = seen_of_all();
    row.observed = seen.state;
    row.last_error = seen.last_error;
    bool some = false;
    for (const auto& each : seats_) {
        lane_wish_row lane;
        lane.partition = each->which.source;
        lane.observed = state_of(*each);
        some = some || each->busy || each->done || each->failed;
        row.lanes.push_back(std::move(lane));
    }
    if (!some && row.observed == "running") row.observed = name_of_end(left_as_);
    rows.push_back(std::move(row));
    return rows;
}

task<void> import_work::refresh(double) {
    for (std::size_t n = 0; n < cores_.size(); ++n) {
        auto seen = co_await cores_[n]->look();
        snapshots_[n] = std::move(seen);
    }
}

target_progress import_work::seen_of_all() const {
    target_progress seen = seen_;
    seen.endpoint = endpoint_;
    seen.retries = store_.retries();
    if (cores_.empty()) {
        seen.failing = opening_.patient.failing();
        if (seen.last_error.empty()) seen.last_error = opening_.last_error;
    }
    for (const core_snapshot& each : snapshots_)
        join(seen, each.seen);
    for (const auto& each : seats_) {
        const std::vector<lane_progress>& known = snapshots_[each->core].seen.lanes;
        lane_progress lane;
        lane.partition = each->which.source;
        if (each->number < known.size()) lane = known[each->number];
        lane.state = state_of(*each);
        seen.lanes.push_back(std::move(lane));
    }
    return seen;
}

progress import_work::look(double seconds) {
    target_progress seen = seen_of_all();
    rate_.observe(seen.bytes, seconds);
    seen.bytes_per_second = rate_.per_second();
    const lanes_moved moved = moved_by(seen.lanes);
    seen.percent = std::min(100.0, moved.percent());
    events_rate_.observe(static_cast<std::uint64_t>(moved.done), seconds);
    seen.seconds_left = seconds_left(moved.left(), events_rate_.per_second());
    seen.desired = row_.desired;
    unsigned lanes = 0, waiting = 0;
    for (const core_snapshot& each : snapshots_) {
        lanes += each.lanes;
        waiting += each.lanes_waiting;
    }
    if (lanes > 0 && lanes == waiting && seen.state == "running") seen.state = "waiting";
    progress now;
    now.name = run_.name;
    now.kind = "import";
    now.targets.push_back(std::move(seen));
    return now;
}

} // namespace

std::shared_ptr<transfer_work> make_import(import_parts parts) {
    return std::make_shared<import_work>(std::move(parts));
}

} // namespace sluice
