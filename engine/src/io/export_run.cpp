// engine: a whole export: one stream, several destinations, one lane per partition and destination.
#include "export_run.hpp"

#include "block_cache.hpp"
#include "block_source.hpp"
#include "export_lane.hpp"
#include "export_target.hpp"
#include "lane_release.hpp"
#include "place_search.hpp"
#include "probe.hpp"
#include "step_window.hpp"
#include "stream_document_io.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace sluice {

namespace {

/// Towards one destination, unless a number was asked for: at first, and at most.
constexpr unsigned parts_at_once = 8, most_parts_at_once = 64;
/// Where there are several destinations: they share the line and the blocks.
constexpr unsigned parts_at_once_each = 4;

unsigned most_parts(const transfer_rules& rules) {
    return rules.concurrency == 0 ? most_parts_at_once : rules.concurrency;
}

scheduler_limits limits_of(const transfer_rules& rules, std::size_t targets) {
    scheduler_limits limits;
    limits.memory = rules.memory / 2; // the other half is that of blocks which wait
    const unsigned at_first = targets > 1 ? parts_at_once_each : parts_at_once;
    limits.steps_per_destination = rules.concurrency == 0 ? at_first : rules.concurrency;
    limits.steps = 256;
    return limits;
}

/// Of the half that is the blocks': where several destinations share them, half of it is for those
/// that some of them have sent already.
std::uint64_t cache_memory(const transfer_rules& rules, std::size_t targets) {
    return targets > 1 ? rules.memory / 4 : rules.memory / 2;
}

step_rules step_rules_of(const transfer_rules& rules, std::size_t partitions) {
    step_rules steps;
    steps.budget = rules.memory / 4 / partitions;
    steps.window = std::min(steps.window / partitions, steps.budget / 2);
    return steps;
}

class export_work final : public transfer_work {
  public:
    export_work(
        transfer::state& shared,
        const export_spec& spec,
        std::unique_ptr<reader> stream,
        std::vector<std::unique_ptr<export_target>> targets
    )
        : run_(shared.run),
          rules_(spec.rules),
          asked_end_(spec.end),
          follow_(spec.follow),
          stream_(std::move(stream)),
          targets_(std::move(targets)),
          cache_(cache_memory(spec.rules, targets_.size())),
          gate_(shared.run.on, limits_of(spec.rules, targets_.size()), most_parts(spec.rules)) {
        for (auto& target : targets_) {
            target->scheduled = gate_.rules().add_destination();
            target->concurrency = most_parts(spec.rules);
        }
    }

    task<void> work() override {
        if (run_.control.stopping()) {
            outcome_ = failure();
            outcome_->code = engine_errc::paused;
            co_return;
        }
        auto found = co_await find_ends();
        if (!found) {
            outcome_ = found.error();
            side_ = side::source;
            co_return;
        }
        const std::function<task<void>(task_group&)> all = [this](task_group& group) {
            return start_targets(group);
        };
        co_await with_task_group(run_.on, all);
        tell_gaps();
    }

    void close() override { gate_.close(); }
    bool can_seal() const override { return true; }
    task<result<void>> farewell(wish what) override;
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return side_; }

  private:
    task<result<void>> find_ends();
    task<void> start_targets(task_group& group);
    task<void> export_to(export_target& target);
    task<void> start_lanes(
        export_target& target, cursor* consumed, task_group& group, std::optional<failure>& first
    );
    task<void> run_lane(
        export_target& target,
        cursor* consumed,
        std::uint32_t partition,
        std::optional<failure>& first
    );
    task<std::unique_ptr<cursor>> open_target_cursor(const export_target& target);
    struct shared_source;
    shared_source& source_of(const export_target& target, std::uint32_t partition);
    void target_failed(export_target& target, const failure& why);
    void tell_gaps();
    lane_key key_of(const export_target& target, std::uint32_t partition) const;
    task<result<void>> take_leave(export_target& target, std::uint32_t partition, wish what);
    task<result<void>> greet(export_target& target);

    transfer_run& run_;
    transfer_rules rules_;
    places asked_end_;
    bool follow_;
    std::unique_ptr<reader> stream_;
    std::vector<std::unique_ptr<export_target>> targets_;
    block_cache cache_;
    step_gate gate_;
    std::vector<std::optional<position>> limits_; ///< by partition, where --end says one
    std::vector<stream_bounds> bounds_;           ///< by partition, as the work found them
    std::map<std::pair<object_encoding, std::uint32_t>, std::unique_ptr<shared_source>> sources_;
    std::optional<failure> outcome_;
    side side_ = side::neither;
};

/// One partition in one format, and the lanes in step on it.
struct export_work::shared_source {
    template <class... Of>
    shared_source(any_io_executor on, const step_rules& rules, Of&&... of)
        : blocks(std::forward<Of>(of)...), steps(on, blocks, rules) {}

    block_source blocks;
    step_window steps;
};

/// One-shot: the export ends at the end that the stream has now.
task<result<void>> export_work::find_ends() {
    for (std::uint32_t n = 0; n < stream_->description().partitions; ++n) {
        auto bounds = co_await stream_->bounds(n);
        if (!bounds) co_return bounds.error();
        auto end = co_await find_place(*stream_, asked_end_.of(n), n, *bounds);
        if (!end) co_return end.error();
        limits_.push_back(*end);
        if (*end) bounds->end = std::min(bounds->end, **end);
        bounds_.push_back(*bounds);
    }
    for (auto& target : targets_) {
        for (std::uint32_t n = 0; n < bounds_.size(); ++n) {
            lane_progress lane;
            lane.partition = n;
            lane.first = lane.done = lane.reached = bounds_[n].first.sequence;
            lane.end = bounds_[n].end.sequence;
            target->seen.lanes.push_back(lane);
        }
    }
    co_return result<void>();
}

export_work::shared_source&
export_work::source_of(const export_target& target, std::uint32_t partition) {
    auto& source = sources_[{target.encoding, partition}];
    if (!source) {
        format_context context;
        context.stream = stream_->description().name;
        context.incarnation = stream_->description().incarnation;
        context.partition = partition;
        const auto id = static_cast<std::uint32_t>(sources_.size());
        source = std::make_unique<shared_source>(
            run_.on,
            step_rules_of(rules_, bounds_.size()),
            *stream_,
            cache_,
            id,
            target.encoding,
            std::move(context),
            bounds_[partition].end
        );
        if (follow_) source->blocks.follow(limits_[partition]);
    }
    return *source;
}

void export_work::target_failed(export_target& target, const failure& why) {
    const bool paused = why.code == engine_errc::paused;
    target.seen.state = paused ? "paused" : "failed";
    if (!paused) target.seen.last_error = describe(why);
    // A failure tells more than a pause that happened beside it.
    if (!outcome_ || outcome_->code == engine_errc::paused) {
        outcome_ = why;
        side_ = side::destination;
    }
}

/// A run that recorded gaps has finished, and yet something is missing.
void export_work::tell_gaps() {
    if (outcome_) return;
    std::string all;
    for (const auto& target : targets_) {
        for (const std::string& each : target->gaps)
            all += (all.empty() ? "" : "; ") + target->address + ": events " + each;
    }
    if (all.empty()) return;
    outcome_ = failure();
    outcome_->code = engine_errc::gap;
    outcome_->where = all;
}

/// One cursor per destination holds all its partitions. Somebody else's run may hold it: exporting
/// does not depend on it.
task<std::unique_ptr<cursor>> export_work::open_target_cursor(const export_target& target) {
    const std::string identity = target.claim_transfer + '\0' + target.endpoint + '\0' +
                                 target.where.bucket + '\0' + target.where.folder;
    const sha256_digest digest = sha256(as_bytes(identity));
    auto opened = co_await stream_->open_cursor("export-" + hex(bytes_view(digest).first(8)));
    if (opened && !(**opened).note().empty()) run_.log.write(log_level::warning, (**opened).note());
    if (opened) co_return std::move(*opened);
    run_.log.write(log_level::warning, "going on without a cursor: " + describe(opened.error()));
    co_return std::unique_ptr<cursor>();
}

task<void> export_work::start_targets(task_group& group) {
    for (auto& target : targets_)
        group.spawn([this, &target] { return export_to(*target); });
    co_return;
}

task<void> export_work::start_lanes(
    export_target& target, cursor* consumed, task_group& group, std::optional<failure>& first
) {
    for (std::uint32_t n = 0; n < bounds_.size(); ++n)
        group.spawn([this, &target, consumed, &first, n] {
            return run_lane(target, consumed, n, first);
        });
    co_return;
}

task<result<void>> export_work::greet(export_target& target) {
    if (target.greeted) co_return result<void>();
    auto checksums = co_await probe_checksums(run_, target);
    target.greeted = checksums.has_value();
    co_return checksums;
}

task<void> export_work::export_to(export_target& target) {
    target.seen.state = "running";
    if (values_only(target.encoding.format))
        run_.log.write(
            log_level::warning,
            target.address + ": " + std::string(name_of(target.encoding.format)) +
                " objects hold values only; keys, headers and timestamps leave no trace"
        );
    auto greeted = co_await greet(target);
    if (!greeted) {
        target_failed(target, greeted.error());
        co_return;
    }
    auto settled = co_await settle_stream_document(run_, target);
    if (!settled) {
        target_failed(target, settled.error());
        co_return;
    }
    const std::unique_ptr<cursor> consumed = co_await open_target_cursor(target);
    std::optional<failure> first;
    const std::function<task<void>(task_group&)> all =
        [this, &target, &consumed, &first](task_group& group) {
            return start_lanes(target, consumed.get(), group, first);
        };
    co_await with_task_group(run_.on, all);
    if (first)
        target_failed(target, *first);
    else
        target.seen.state = "completed";
}

task<void> export_work::run_lane(
    export_target& target, cursor* consumed, std::uint32_t partition, std::optional<failure>& first
) {
    shared_source& source = source_of(target, partition);
    const lane_key key = key_of(target, partition);
    const lane_id scheduled = gate_.rules().add_lane(target.scheduled);
    export_lane_context lane{
        run_,
        target,
        source.blocks,
        gate_,
        scheduled,
        key,
        target.seen.lanes[partition],
        consumed,
        &source.steps,
        step_window::seat(source.steps, std::nullopt)};
    source.blocks.join();
    auto ended = co_await run_export_lane(lane);
    source.blocks.leave();
    if (ended) co_return;
    if (!first || first->code == engine_errc::paused) first = ended.error();
}

lane_key export_work::key_of(const export_target& target, std::uint32_t partition) const {
    lane_key key;
    key.transfer = run_.name;
    key.bucket = target.where.bucket;
    key.folder = target.where.folder;
    key.endpoint = target.endpoint;
    key.partition = partition;
    return key;
}

task<result<void>>
export_work::take_leave(export_target& target, std::uint32_t partition, wish what) {
    export_lane_context lane{
        run_,
        target,
        source_of(target, partition).blocks,
        gate_,
        lane_id{},
        key_of(target, partition),
        target.seen.lanes[partition],
        nullptr};
    auto known = run_.journal.find_lane(lane.key);
    if (!known) co_return known.error();
    if (!*known) co_return result<void>();
    auto greeted = co_await greet(target);
    if (!greeted) co_return greeted;
    if (what == wish::pause) {
        auto aborted = co_await abort_plans(lane, true);
        co_return aborted;
    }
    auto released = co_await release_lane(lane);
    co_return released;
}

/// One destination's failure costs the others nothing; the first one is told.
task<result<void>> export_work::farewell(wish what) {
    if (bounds_.empty()) {
        auto found = co_await find_ends();
        if (!found) co_return found;
    }
    result<void> first;
    for (auto& target : targets_) {
        result<void> left;
        for (std::uint32_t n = 0; n < bounds_.size() && left; ++n) {
            auto taken = co_await take_leave(*target, n, what);
            left = taken;
        }
        if (left && what != wish::pause)
            target->seen.state = what == wish::stop ? "stopped" : "cancelled";
        if (!left && first) first = left;
    }
    co_return first;
}

progress export_work::look(double seconds) {
    progress now;
    now.name = run_.name;
    now.kind = "export";
    for (const auto& [key, source] : sources_)
        now.source_bytes_read += source->blocks.bytes_read();
    for (auto& target : targets_) {
        target_progress& seen = target->seen;
        target->rate.observe(seen.bytes, seconds);
        seen.bytes_per_second = target->rate.per_second();
        if (target->client) seen.retries = target->client->stats().retries;
        double done = 0, all = 0;
        for (const lane_progress& lane : seen.lanes) {
            done += static_cast<double>(std::max(lane.done, lane.reached) - lane.first);
            all += static_cast<double>(lane.end - lane.first);
        }
        seen.percent = all > 0 ? 100 * done / all : 100;
        target->events_rate.observe(static_cast<std::uint64_t>(done), seconds);
        seen.seconds_left = seconds_left(all - done, target->events_rate.per_second());
        now.targets.push_back(seen);
    }
    return now;
}

} // namespace

std::shared_ptr<transfer_work> make_export(
    transfer::state& shared,
    const export_spec& spec,
    std::unique_ptr<reader> stream,
    std::vector<std::unique_ptr<export_target>> targets
) {
    return std::make_shared<export_work>(shared, spec, std::move(stream), std::move(targets));
}

} // namespace sluice
