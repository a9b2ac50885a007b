// engine: what an import has on one executor: a store, a door to the steps there, and lanes.
#include "import_core.hpp"

#include <sluice/base/run_on.hpp>
#include <sluice/base/sleep.hpp>

#include <functional>
#include <utility>

namespace sluice {

namespace {

/// Memory that is done with and lies idle for the next pieces, of all that a core may hold.
constexpr std::uint64_t idle_share = 4;

} // namespace

/// The first lane takes the core's share of what transfers have there, the last gives it back, with
/// the memory and the connections that lie idle.
struct import_core::lane_at_work {
    lane_at_work(import_core& at, std::size_t number, import_lane_context& lane) : of(at) {
        if (of.source_.lanes++ == 0) {
            of.sharing_.emplace(of.gate_);
            const unsigned at_once = of.run_.rules.concurrency;
            of.scheduled_ = of.gate_.add_destination(of.store_.endpoint, at_once, of.at_first_);
        }
        const auto [place, fresh] = of.lanes_.try_emplace(number);
        if (fresh) place->second = of.gate_.add_lane(of.scheduled_);
        lane.scheduled = place->second;
        // Who stops it afterwards closes it behind this.
        if (!lane.run.control.ending()) of.gate_.open(lane.scheduled);
    }
    ~lane_at_work() {
        if (--of.source_.lanes > 0) return;
        of.lanes_.clear();
        of.sharing_.reset();
        of.source_.idle.clear();
        of.store_.close();
    }
    lane_at_work(const lane_at_work&) = delete;
    lane_at_work& operator=(const lane_at_work&) = delete;

    import_core& of;
};

import_core::import_core(const transfer_run& whole, import_core_parts parts)
    : run_{
          parts.place.on,
          whole.blocking,
          whole.journal,
          parts.log,
          run_control(&whole.control),
          std::move(parts.rules),
          whole.name,
          whole.owner,
          whole.clock,
          std::move(parts.place.steps)},
      store_(std::move(parts.store)),
      gate_(run_.on, run_.steps, gate_rules_of(run_.rules, run_.rules.memory)),
      source_{
          store_.use(),
          std::move(parts.where),
          parts.patient,
          target_progress(),
          parts.events_of_all},
      at_first_(parts.at_first) {
    source_.idle = idle_pieces(run_.rules.memory / idle_share);
}

std::size_t import_core::add_lane(std::uint32_t partition) {
    lane_progress lane;
    lane.partition = partition;
    source_.seen.lanes.push_back(lane);
    return source_.seen.lanes.size() - 1;
}

transfer_run import_core::run_of_lane() const {
    return part_of(run_);
}

task<result<void>> import_core::run_lane(std::size_t number, import_lane_context& lane) {
    const auto to_end = [this, number, &lane]() -> task<result<void>> {
        const lane_at_work here(*this, number, lane);
        auto ended = co_await run_import_lane(lane);
        co_return ended;
    };
    const std::function<task<result<void>>()> there = to_end;
    auto ended = co_await run_on(on(), there);
    co_return ended;
}

task<core_snapshot> import_core::look() {
    auto take = [this] {
        core_snapshot now;
        now.seen = source_.seen;
        now.seen.failing = source_.patient.failing();
        now.seen.retries = store_.retries();
        now.lanes = source_.lanes;
        now.lanes_waiting = source_.lanes_waiting;
        return now;
    };
    auto taken = co_await run_blocking(on(), take);
    co_return taken;
}

void import_core::close_lane(std::size_t number) {
    const auto known = lanes_.find(number);
    if (known != lanes_.end()) gate_.close(known->second);
}

} // namespace sluice
