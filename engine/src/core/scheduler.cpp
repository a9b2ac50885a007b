// engine: decides which step runs next.
#include <sluice/engine/scheduler.hpp>

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice {

namespace {

struct waiting_step {
    step_id id{};
    std::uint64_t cost = 0;
    std::uint64_t memory = 0;
};

struct lane_state {
    destination_id to{};
    double served = 0; ///< virtual time: cost of the steps started so far
    std::deque<waiting_step> steps;
    bool paused = false;
    bool gone = false;
};

struct destination_state {
    double weight = 1;
    double served = 0; ///< virtual time: cost over weight
    unsigned running = 0;
    bool paused = false;
    std::set<std::pair<double, std::uint32_t>>
        ready; ///< lanes with something to start, least served first
};

struct running_step {
    lane_id lane{};
    std::uint64_t memory = 0;
};

} // namespace

/// Start-time fair queueing: whoever has been served least starts next; a newcomer begins at the
/// level of the least served of those that wait, so that it neither starves others nor is starved.
struct scheduler::state {
    scheduler_limits limits;
    std::vector<destination_state> destinations;
    std::vector<lane_state> lanes;
    std::set<std::pair<double, std::uint32_t>>
        ready; ///< destinations with ready lanes, least served first
    std::unordered_map<std::uint64_t, running_step> running;
    std::unordered_map<std::uint64_t, lane_id> waiting;
    std::uint64_t last_step = 0;
    std::uint64_t memory = 0;

    lane_state& at(lane_id lane) { return lanes[static_cast<std::uint32_t>(lane)]; }
    destination_state& at(destination_id to) {
        return destinations[static_cast<std::uint32_t>(to)];
    }

    static bool wants(const lane_state& lane) {
        return !lane.paused && !lane.gone && !lane.steps.empty();
    }
    static bool wants(const destination_state& to) { return !to.paused && !to.ready.empty(); }

    /// Changes a lane, keeping the ready sets of its destination and of everybody right.
    template <class Change>
    void change(lane_id id, Change&& apply) {
        lane_state& lane = at(id);
        destination_state& to = at(lane.to);
        const auto lane_number = static_cast<std::uint32_t>(id);
        const auto to_number = static_cast<std::uint32_t>(lane.to);
        ready.erase({to.served, to_number});
        to.ready.erase({lane.served, lane_number});
        apply(lane, to);
        if (wants(lane)) to.ready.insert({lane.served, lane_number});
        if (wants(to)) ready.insert({to.served, to_number});
    }

    bool has_room(const destination_state& to, const waiting_step& step) const {
        if (to.running == 0)
            return true; // one step may always run: a small budget slows, it never stops
        if (to.running >= limits.steps_per_destination || running.size() >= limits.steps)
            return false;
        return memory + step.memory <= limits.memory;
    }

    step_id start(lane_id id) {
        step_id started{};
        change(id, [this, id, &started](lane_state& lane, destination_state& to) {
            const waiting_step step = lane.steps.front();
            lane.steps.pop_front();
            lane.served += static_cast<double>(step.cost);
            to.served += static_cast<double>(step.cost) / to.weight;
            ++to.running;
            memory += step.memory;
            waiting.erase(static_cast<std::uint64_t>(step.id));
            running.emplace(static_cast<std::uint64_t>(step.id), running_step{id, step.memory});
            started = step.id;
        });
        return started;
    }
};

scheduler::scheduler(const scheduler_limits& limits) : state_(std::make_unique<state>()) {
    state_->limits = limits;
}

scheduler::~scheduler() = default;

destination_id scheduler::add_destination(unsigned weight) {
    destination_state fresh;
    fresh.weight = std::max(1u, weight);
    if (!state_->ready.empty()) fresh.served = state_->ready.begin()->first;
    state_->destinations.push_back(std::move(fresh));
    return destination_id{static_cast<std::uint32_t>(state_->destinations.size() - 1)};
}

lane_id scheduler::add_lane(destination_id to) {
    lane_state fresh;
    fresh.to = to;
    state_->lanes.push_back(std::move(fresh));
    return lane_id{static_cast<std::uint32_t>(state_->lanes.size() - 1)};
}

void scheduler::remove_lane(lane_id lane) {
    state_->change(lane, [](lane_state& at, destination_state&) { at.gone = true; });
}

step_id scheduler::submit(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
    const step_id id{++state_->last_step};
    const bool destination_idle = state_->at(state_->at(lane).to).ready.empty();
    const double least_served = state_->ready.empty() ? 0 : state_->ready.begin()->first;
    state_->change(lane, [&](lane_state& at, destination_state& to) {
        // Time that was not asked for is not saved up.
        if (destination_idle && to.running == 0) to.served = std::max(to.served, least_served);
        if (at.steps.empty() && !to.ready.empty())
            at.served = std::max(at.served, to.ready.begin()->first);
        at.steps.push_back(waiting_step{id, cost, memory});
    });
    state_->waiting.emplace(static_cast<std::uint64_t>(id), lane);
    return id;
}

bool scheduler::cancel(step_id step) {
    const auto found = state_->waiting.find(static_cast<std::uint64_t>(step));
    if (found == state_->waiting.end()) return false;
    state_->change(found->second, [step](lane_state& lane, destination_state&) {
        const auto at =
            std::find_if(lane.steps.begin(), lane.steps.end(), [step](const waiting_step& each) {
                return each.id == step;
            });
        lane.steps.erase(at);
    });
    state_->waiting.erase(found);
    return true;
}

std::optional<step_id> scheduler::start_next() {
    for (const auto& [served, number] : state_->ready) {
        const destination_state& to = state_->destinations[number];
        const lane_id lane{to.ready.begin()->second};
        // The least served lane's step decides: a smaller step behind it must not starve it of
        // memory.
        if (state_->has_room(to, state_->at(lane).steps.front())) return state_->start(lane);
    }
    return std::nullopt;
}

void scheduler::finished(step_id step) {
    const auto found = state_->running.find(static_cast<std::uint64_t>(step));
    if (found == state_->running.end()) return;
    state_->memory -= found->second.memory;
    --state_->at(state_->at(found->second.lane).to).running;
    state_->running.erase(found);
}

void scheduler::pause(lane_id lane) {
    state_->change(lane, [](lane_state& at, destination_state&) { at.paused = true; });
}

void scheduler::resume(lane_id lane) {
    state_->change(lane, [](lane_state& at, destination_state&) { at.paused = false; });
}

void scheduler::pause(destination_id destination) {
    destination_state& to = state_->at(destination);
    state_->ready.erase({to.served, static_cast<std::uint32_t>(destination)});
    to.paused = true;
}

void scheduler::resume(destination_id destination) {
    destination_state& to = state_->at(destination);
    to.paused = false;
    if (state::wants(to))
        state_->ready.insert({to.served, static_cast<std::uint32_t>(destination)});
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

} // namespace sluice
