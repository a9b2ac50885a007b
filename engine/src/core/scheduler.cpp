// engine: decides which step runs next.
#include "fair_queue.hpp"

#include <sluice/engine/scheduler.hpp>

#include <algorithm>
#include <map>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace sluice {

namespace {

struct waiting_step {
    std::uint64_t cost = 0;
    std::uint64_t memory = 0;
};

struct lane_state {
    destination_id to{};
    fair_share share;
    std::map<std::uint64_t, waiting_step> steps; ///< by number, hence in the order submitted
    bool paused = false;

    bool wants() const { return !paused && !steps.empty(); }
};

struct destination_state {
    destination_state(unsigned by_weight, unsigned at_once, std::uint64_t& comparisons)
        : weight(std::max(1u, by_weight)), most(at_once), lanes(comparisons) {}

    double weight;
    unsigned most; ///< running at once
    fair_share share;
    fair_queue lanes; ///< those that want to start something
    fair_clock clock; ///< of the lanes
    unsigned running = 0;
    bool paused = false;
    bool idle = true; ///< which of the two queues it stands in, when in one

    bool wants() const { return !paused && !lanes.empty(); }
};

struct running_step {
    std::uint32_t lane = 0;
    std::uint64_t memory = 0;
};

template <class Id>
auto number_of(Id id) {
    return static_cast<std::underlying_type_t<Id>>(id);
}

} // namespace

/// Destinations that want something stand in one of two queues: `idle` ones run nothing and may
/// always start, `busy` ones need memory. Saturated ones stand in neither. So a decision looks at
/// two heads, however many wait.
struct scheduler::state {
    explicit state(const scheduler_limits& by) : limits(by) {}

    scheduler_limits limits;
    std::uint64_t comparisons = 0;
    std::vector<destination_state> destinations;
    std::vector<lane_state> lanes;
    fair_queue idle{comparisons};
    fair_queue busy{comparisons};
    fair_clock clock; ///< of the destinations; both queues share it
    std::unordered_map<std::uint64_t, std::uint32_t> waiting; ///< step → lane
    std::unordered_map<std::uint64_t, running_step> running;
    std::uint64_t last_step = 0;
    std::uint64_t memory = 0;

    /// Changes a destination, keeping its place in the queues right.
    template <class Change>
    void change_destination(std::uint32_t number, Change&& apply) {
        destination_state& to = destinations[number];
        const bool wanted = to.wants();
        (to.idle ? idle : busy).erase(to.share, number);
        apply(to);
        if (!to.wants()) return;
        if (!wanted) clock.join(to.share);
        to.idle = to.running == 0;
        if (to.running < to.most) (to.idle ? idle : busy).insert(to.share, number);
    }

    /// The same for a lane, and then for its destination.
    template <class Change>
    void change_lane(std::uint32_t number, Change&& apply) {
        lane_state& lane = lanes[number];
        change_destination(number_of(lane.to), [&](destination_state& to) {
            const bool wanted = lane.wants();
            to.lanes.erase(lane.share, number);
            apply(lane, to);
            if (!lane.wants()) return;
            if (!wanted) to.clock.join(lane.share);
            to.lanes.insert(lane.share, number);
        });
    }

    std::uint64_t next_memory(std::uint32_t destination) const {
        const lane_state& lane = lanes[destinations[destination].lanes.front()];
        return lane.steps.begin()->second.memory;
    }

    /// Whose turn it is. When memory is short for the one that has been served least, the others
    /// that need memory wait with it: a stream of small steps must not starve a large one.
    std::optional<std::uint32_t> choose() const {
        if (running.size() >= limits.steps) return std::nullopt;
        const bool idle_first = !idle.empty() && (busy.empty() || idle.before(busy));
        if (idle_first) return idle.front();
        if (busy.empty()) return std::nullopt;
        const bool fits =
            memory <= limits.memory && next_memory(busy.front()) <= limits.memory - memory;
        if (fits) return busy.front();
        if (!idle.empty()) return idle.front();
        return std::nullopt;
    }

    step_id start(std::uint32_t destination) {
        std::uint64_t started = 0;
        const std::uint32_t number = destinations[destination].lanes.front();
        clock.serve(destinations[destination].share);
        destinations[destination].clock.serve(lanes[number].share);
        change_lane(number, [&](lane_state& lane, destination_state& to) {
            const auto first = lane.steps.begin();
            const waiting_step step = first->second;
            started = first->first;
            lane.steps.erase(first);
            lane.share.served += static_cast<double>(step.cost);
            to.share.served += static_cast<double>(step.cost) / to.weight;
            ++to.running;
            memory += step.memory;
            running.emplace(started, running_step{number, step.memory});
        });
        waiting.erase(started);
        return step_id{started};
    }
};

scheduler::scheduler(const scheduler_limits& limits) : state_(std::make_unique<state>(limits)) {}

scheduler::~scheduler() = default;

destination_id scheduler::add_destination(unsigned weight) {
    state_->destinations.emplace_back(
        weight, state_->limits.steps_per_destination, state_->comparisons
    );
    return destination_id{static_cast<std::uint32_t>(state_->destinations.size() - 1)};
}

lane_id scheduler::add_lane(destination_id to) {
    lane_state fresh;
    fresh.to = to;
    state_->lanes.push_back(std::move(fresh));
    return lane_id{static_cast<std::uint32_t>(state_->lanes.size() - 1)};
}

void scheduler::remove_lane(lane_id lane) {
    pause(lane);
}

step_id scheduler::submit(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
    const std::uint64_t number = ++state_->last_step;
    state_->change_lane(number_of(lane), [&](lane_state& at, destination_state&) {
        at.steps.emplace_hint(at.steps.end(), number, waiting_step{cost, memory});
    });
    state_->waiting.emplace(number, number_of(lane));
    return step_id{number};
}

bool scheduler::cancel(step_id step) {
    const auto found = state_->waiting.find(number_of(step));
    if (found == state_->waiting.end()) return false;
    state_->change_lane(found->second, [step](lane_state& lane, destination_state&) {
        lane.steps.erase(number_of(step));
    });
    state_->waiting.erase(found);
    return true;
}

std::optional<step_id> scheduler::start_next() {
    const auto destination = state_->choose();
    if (!destination) return std::nullopt;
    return state_->start(*destination);
}

void scheduler::finished(step_id step) {
    const auto found = state_->running.find(number_of(step));
    if (found == state_->running.end()) return;
    state_->memory -= found->second.memory;
    const destination_id to = state_->lanes[found->second.lane].to;
    state_->running.erase(found);
    state_->change_destination(number_of(to), [](destination_state& at) { --at.running; });
}

void scheduler::set_concurrency(destination_id destination, unsigned steps) {
    state_->change_destination(number_of(destination), [steps](destination_state& at) {
        at.most = std::max(1u, steps);
    });
}

unsigned scheduler::concurrency(destination_id destination) const {
    return state_->destinations[number_of(destination)].most;
}

unsigned scheduler::running(destination_id destination) const {
    return state_->destinations[number_of(destination)].running;
}

destination_id scheduler::destination_of(lane_id lane) const {
    return state_->lanes[number_of(lane)].to;
}

void scheduler::pause(lane_id lane) {
    state_->change_lane(number_of(lane), [](lane_state& at, destination_state&) {
        at.paused = true;
    });
}

void scheduler::resume(lane_id lane) {
    state_->change_lane(number_of(lane), [](lane_state& at, destination_state&) {
        at.paused = false;
    });
}

void scheduler::pause(destination_id destination) {
    state_->change_destination(number_of(destination), [](destination_state& at) {
        at.paused = true;
    });
}

void scheduler::resume(destination_id destination) {
    state_->change_destination(number_of(destination), [](destination_state& at) {
        at.paused = false;
    });
}

std::uint64_t scheduler::memory_in_use() const {
    return state_->memory;
}

std::size_t scheduler::waiting() const {
    return state_->waiting.size();
}

std::size_t scheduler::running() const {
    return state_->running.size();
}

std::uint64_t scheduler::comparisons() const {
    return state_->comparisons;
}

} // namespace sluice
