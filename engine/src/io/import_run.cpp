// engine: a whole import: one prefix, one reserved stream, one lane per partition.
#include "import_run.hpp"

#include "../core/fetch_plan.hpp"
#include "../core/left_out.hpp"
#include "../core/partition_choice.hpp"
#include "../core/rate_meter.hpp"
#include "import_lane.hpp"
#include "lane_seat.hpp"
#include "step_gate.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/engine/guarantee.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// Objects may lie there that no export made.
failure with_by_listing(failure why) {
    if (why.code == engine_errc::no_export_here)
        why.where += "; --by-listing imports objects of anybody";
    return why;
}

/// `own`: also of all of them alone; run or pause.
struct import_seat : lane_seat {
    import_seat(any_io_executor on, std::size_t number_of, const partition_pair& of)
        : lane_seat(std::move(on)), number(number_of), which(of) {}

    std::size_t number;
    partition_pair which;
    bool failed = false;
    bool knows_before = false; ///< what runs before this one left out has been taken in
};

/// Memory that is done with and lies idle for the next pieces, of all that an import may hold.
constexpr std::uint64_t idle_share = 4;

class import_work final : public transfer_work {
  public:
    explicit import_work(import_parts parts)
        : run_(parts.shared.run),
          address_(std::move(parts.from)),
          store_(std::move(parts.store)),
          streams_(std::move(parts.streams)),
          stream_(std::move(parts.stream)),
          folder_(std::move(parts.folder)),
          asked_(std::move(parts.spec)),
          gate_(run_.on, run_.steps, gate_rules_of(asked_.rules, asked_.rules.memory)),
          source_{
              store_.use(),
              export_folder(),
              patience(asked_.rules.retry_for),
              target_progress(),
              {}} {
        source_.idle = idle_pieces(asked_.rules.memory / idle_share);
        source_.seen.target = to_string(address_);
        source_.seen.state = "running";
    }

    task<void> work(const wishes_look& look_again) override {
        const step_gate::stay sharing(gate_);
        auto opened = co_await open_both();
        if (opened) {
            const std::function<task<void>(task_group&)> all =
                [this, &look_again](task_group& group) { return run_lanes(group, look_again); };
            const forgotten_at_end at_last(group_);
            co_await with_task_group(run_.on, all);
            tell_paused();
        } else {
            fail(opened.error(), side_);
        }
        if (writer_) {
            auto closed = co_await writer_->close();
            if (!closed) fail(closed.error(), side::destination);
            writer_.reset();
        }
        if (outcome_ && outcome_->code != engine_errc::paused)
            co_await streams_->undo_reservation(stream_, stream_was_);
        tell_missing();
        if (!outcome_) source_.seen.state = "completed";
    }

    void close() override { gate_.close(); }
    void obey(const std::vector<destination_row>& wanted) override;
    std::vector<destination_row> observed() override;
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return side_; }

  private:
    task<result<void>> note_source();
    void ask(import_seat& lane);
    void start_due();
    std::string state_of(const import_seat& lane) const;
    void tell_paused();
    void tell_missing();
    void note_before(import_seat& lane, const left_out_ranges& before);
    task<result<void>> open_both();
    result<void> choose();
    task<result<void>> open_target();
    task<result<void>> note_choice(const std::vector<std::optional<import_progress>>& filled);
    task<void> run_lanes(task_group& group, const wishes_look& look_again);
    task<void> keep(import_seat& lane, seat_at_work& working);
    task<void> run_lane(import_seat& lane);
    void fail(const failure& why, side where);

    transfer_run& run_;
    bucket_address address_;
    opened_store store_;
    std::shared_ptr<stream_store> streams_;
    std::string stream_;
    std::optional<export_folder> folder_; ///< where it was known before the work began
    import_spec asked_;
    partition_choice choice_;
    object_format format_ = object_format::avro;
    step_gate gate_;
    import_source source_;
    destination_id scheduled_{};
    std::unique_ptr<writer> writer_;
    stream_before stream_was_ = stream_before::taken;
    rate_meter rate_, events_rate_;
    destination_row row_; ///< where it comes from, as the journal knows it
    std::vector<std::unique_ptr<import_seat>> seats_; ///< as in choice_
    task_group* group_ = nullptr;                     ///< of the lanes, while there are any
    std::uint64_t gaps_ = 0;
    std::uint64_t gaps_before_ = 0; ///< left out by runs before this one
    std::optional<failure> outcome_;
    side side_ = side::neither;
};

void import_work::fail(const failure& why, side where) {
    const bool paused = why.code == engine_errc::paused;
    source_.seen.state = paused ? "paused" : "failed";
    if (why.code == engine_errc::gap) source_.seen.state = "completed";
    if (!paused) source_.seen.last_error = describe(why);
    if (!outcome_ || outcome_->code == engine_errc::paused) {
        outcome_ = why;
        side_ = where;
    }
}

task<result<void>> import_work::open_both() {
    side_ = side::source;
    if (!folder_) {
        auto find = [this] {
            return find_folder(source_.store, address_.bucket, address_.prefix, deadline::never());
        };
        auto found = co_await persistently(run_, source_.patient, source_.seen.last_error, find);
        if (!found) co_return with_by_listing(found.error());
        folder_ = std::move(*found);
    }
    source_.where = std::move(*folder_);
    const stream_document& document = source_.where.document;
    auto known = known_encoding(document.format, document.codec);
    if (!known) co_return known.error();
    format_ = known->format;
    auto chosen = choose();
    if (!chosen) co_return chosen;
    side_ = side::destination;
    auto opened = co_await open_target();
    if (!opened) co_return opened.error();
    side_ = side::neither;
    auto noted = co_await note_source();
    if (!noted) co_return noted;
    for (const partition_pair& each : choice_.pairs) {
        lane_progress lane;
        lane.partition = each.source;
        source_.seen.lanes.push_back(lane);
    }
    scheduled_ = gate_.add_destination(store_.endpoint, asked_.rules.concurrency, ranges_at_first);
    co_return result<void>();
}

/// Which partitions, and whether their places can be told.
result<void> import_work::choose() {
    const std::uint32_t partitions = source_.where.document.partitions;
    auto chosen = choose_partitions(asked_.partitions, asked_.shard, partitions);
    if (!chosen) return chosen.error();
    choice_ = std::move(*chosen);
    auto started = check_places("--start", asked_.start, choice_);
    if (!started) return started;
    return check_places("--end", asked_.end, choice_);
}

task<result<void>> import_work::open_target() {
    auto opened = co_await streams_->open_reserved(stream_, run_.name, choice_.targets);
    if (!opened) co_return opened.error();
    writer_ = std::move(opened->to);
    stream_was_ = opened->was;
    source_.seen.guarantee = guarantee_of(writer_->description());
    for (const std::string& each : writer_->notes())
        run_.log.write(log_level::warning, each);
    std::vector<std::optional<import_progress>> filled(writer_->description().partitions);
    for (std::uint32_t n = 0; n < filled.size(); ++n) {
        const partition_tail tail = writer_->tail(n);
        if (tail.last_progress.empty()) continue;
        const import_progress fresh = fresh_import_progress(source_.where, n);
        auto known = continue_import_progress(fresh, tail.last_progress, stream_);
        if (!known) co_return known.error();
        filled[n] = std::move(*known);
    }
    auto fits = fits_stream(choice_, stream_, filled);
    if (!fits) co_return fits;
    auto noted = co_await note_choice(filled);
    co_return noted;
}

/// Which source a partition has is known before any of them has an event.
task<result<void>>
import_work::note_choice(const std::vector<std::optional<import_progress>>& filled) {
    for (const partition_pair& each : choice_.pairs) {
        if (choice_.whole || filled[each.target]) continue;
        std::vector<append_step> steps(1);
        steps.front().batch.first = steps.front().batch.next = writer_->tail(each.target).end;
        steps.front().progress =
            encode_import_progress(fresh_import_progress(source_.where, each.source));
        auto appended = co_await writer_->append(each.target, steps);
        if (!appended) co_return appended;
    }
    co_return result<void>();
}

/// The place it comes from stands in the journal as an export's destinations do: so its lanes are
/// named, and wishes for them kept, in the same way.
task<result<void>> import_work::note_source() {
    auto note = [this]() -> result<destination_row> {
        auto rows = run_.journal.destinations(run_.name);
        if (!rows) return rows.error();
        if (!rows->empty()) return rows->front();
        destination_row row;
        row.target = row.address = to_string(address_);
        auto put = run_.journal.put_destination(run_.name, row);
        if (!put) return put.error();
        row.id = *put;
        return row;
    };
    auto noted = co_await journaled(run_, note);
    if (!noted) co_return noted.error();
    row_ = std::move(*noted); // here: the supervisor reads it beside the other thread
    co_return result<void>();
}

task<void> import_work::run_lanes(task_group& group, const wishes_look& look_again) {
    group_ = &group;
    for (std::size_t n = 0; n < choice_.pairs.size(); ++n)
        seats_.push_back(std::make_unique<import_seat>(run_.on, n, choice_.pairs[n]));
    obey({row_});
    co_await join_for_good(group, look_again);
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
    lane.stop(gate_, run_.rules.drain);
}

void import_work::start_due() {
    if (!group_ || run_.control.ending()) return;
    for (const auto& each : seats_) {
        const bool due = each->own == wish::run && !each->done && !each->failed && !each->busy;
        if (!due) continue;
        import_seat& lane = *each;
        const auto working =
            std::make_shared<seat_at_work>(lane, source_.lanes, [this] { store_.close(); });
        group_->spawn([this, &lane, working] { return keep(lane, *working); });
    }
}

task<void> import_work::keep(import_seat& lane, seat_at_work& working) {
    const seat_at_work::until_here at_last(working);
    while (lane.own == wish::run && !lane.done && !lane.failed && !run_.control.ending()) {
        lane.take(run_, gate_, scheduled_);
        const std::function<task<void>()> work = [this, &lane] { return run_lane(lane); };
        co_await lane.work.run(work);
    }
}

task<void> import_work::run_lane(import_seat& lane) {
    import_lane_context context{
        *lane.run,
        source_,
        *writer_,
        gate_,
        *lane.scheduled,
        lane.which.source,
        lane.which.target,
        asked_.start.of(lane.which.source),
        asked_.end.of(lane.which.source),
        asked_.follow,
        asked_.poll,
        format_,
        asked_.event_bytes,
        source_.seen.lanes[lane.number],
        0,
        {}};
    auto ended = co_await run_import_lane(context);
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
    std::vector<std::string>& names = source_.seen.left_out_earlier;
    for (std::string& each : names_of(before))
        if (names.size() < most_named) names.push_back(std::move(each));
}

/// All that is missing in the stream, whichever run left it out.
void import_work::tell_missing() {
    if (outcome_ || gaps_ + gaps_before_ == 0) return;
    failure missing;
    missing.code = engine_errc::gap;
    if (gaps_ > 0)
        missing.where = std::to_string(gaps_) +
                        " ranges are missing from the source and were recorded as gaps" +
                        first_of(source_.seen.left_out);
    const std::string before = left_out_earlier(source_.seen.left_out_earlier, gaps_before_);
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
    return lane.done ? "completed" : "paused";
}

std::vector<destination_row> import_work::observed() {
    std::vector<destination_row> rows;
    if (row_.id == 0 || seats_.empty()) return rows;
    destination_row row = row_;
    row.lanes.clear();
    row.observed = source_.seen.state;
    row.last_error = source_.seen.last_error;
    bool some = false;
    for (const auto& each : seats_) {
        lane_wish_row lane;
        lane.partition = each->which.source;
        lane.observed = state_of(*each);
        some = some || each->busy || each->done || each->failed;
        row.lanes.push_back(std::move(lane));
    }
    if (!some && row.observed == "running") row.observed = "paused";
    rows.push_back(std::move(row));
    return rows;
}

progress import_work::look(double seconds) {
    progress now;
    now.name = run_.name;
    now.kind = "import";
    target_progress& seen = source_.seen;
    seen.endpoint = store_.endpoint;
    seen.failing = source_.patient.failing();
    rate_.observe(seen.bytes, seconds);
    seen.bytes_per_second = rate_.per_second();
    seen.retries = store_.retries();
    double done = 0, all = 0;
    for (const lane_progress& lane : seen.lanes) {
        done += static_cast<double>(std::max<std::int64_t>(0, lane.done - lane.first));
        all += static_cast<double>(lane.end - lane.first);
    }
    seen.percent = all > 0 ? std::min(100.0, 100 * done / all) : 100;
    events_rate_.observe(static_cast<std::uint64_t>(done), seconds);
    seen.seconds_left = seconds_left(all - done, events_rate_.per_second());
    for (const auto& each : seats_)
        seen.lanes[each->number].state = state_of(*each);
    seen.desired = row_.desired;
    now.targets.push_back(seen);
    const bool waits = source_.lanes > 0 && source_.lanes == source_.lanes_waiting;
    if (waits && seen.state == "running") now.targets.back().state = "waiting";
    return now;
}

} // namespace

std::shared_ptr<transfer_work> make_import(import_parts parts) {
    return std::make_shared<import_work>(std::move(parts));
}

} // namespace sluice
