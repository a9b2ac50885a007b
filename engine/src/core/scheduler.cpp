// engine: decides which step runs next.
#include "turns.hpp"

#include <sluice/engine/scheduler.hpp>

#include <algorithm>
#include <type_traits>

namespace sluice {

namespace {

template <class Id>
auto number_of(Id id) {
    return static_cast<std::underlying_type_t<Id>>(id);
}

double weight_of(unsigned given) {
    return std::max(1u, given);
}

} // namespace

scheduler::scheduler(const scheduler_limits& limits) : state_(std::make_unique<state>(limits)) {}

scheduler::~scheduler() = default;

user_id scheduler::add_user(const user_rules& by) {
    user_state fresh(state_->comparisons);
    fresh.weight = weight_of(by.weight);
    fresh.most_memory = by.memory;
    fresh.share.priority = by.priority;
    return user_id{state_->users.add(std::move(fresh))};
}

endpoint_id scheduler::add_endpoint(unsigned steps) {
    endpoint_state fresh;
    fresh.most = std::max(1u, steps);
    return endpoint_id{state_->endpoints.add(std::move(fresh))};
}

destination_id scheduler::add_destination(user_id of, const destination_rules& by) {
    destination_state fresh(number_of(of), state_->comparisons);
    fresh.weight = weight_of(by.weight);
    fresh.most = by.steps == 0 ? state_->limits.steps_per_destination : by.steps;
    if (by.at) fresh.at = number_of(*by.at);
    return destination_id{state_->destinations.add(std::move(fresh))};
}

lane_id scheduler::add_lane(destination_id to, unsigned weight) {
    lane_state fresh;
    fresh.to = number_of(to);
    fresh.weight = weight_of(weight);
    return lane_id{state_->lanes.add(std::move(fresh))};
}

void scheduler::remove(user_id user) {
    set_reserve(user, 0);
    state_->users.remove(number_of(user));
}

void scheduler::remove(endpoint_id endpoint) {
    state_->endpoints.remove(number_of(endpoint));
}

void scheduler::remove(destination_id destination) {
    state_->destinations.remove(number_of(destination));
}

void scheduler::remove(lane_id lane) {
    state_->lanes.remove(number_of(lane));
}

step_id scheduler::submit(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
    const std::uint64_t number = ++state_->last_step;
    state_->change_lane(number_of(lane), [&](lane_state& at, auto&, auto&) {
        at.steps.emplace_hint(at.steps.end(), number, waiting_step{cost, memory});
    });
    state_->waiting.emplace(number, number_of(lane));
    return step_id{number};
}

void scheduler::prefer(step_id step) {
    const auto found = state_->waiting.find(number_of(step));
    if (found == state_->waiting.end()) return;
    state_->change_lane(found->second, [step](lane_state& lane, auto&, auto&) {
        lane.steps.at(number_of(step)).preferred = true;
    });
}

bool scheduler::cancel(step_id step) {
    const auto found = state_->waiting.find(number_of(step));
    if (found == state_->waiting.end()) return false;
    state_->change_lane(found->second, [step](lane_state& lane, auto&, auto&) {
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
    const running_step ended = found->second;
    state_->memory -= ended.memory;
    state_->running.erase(found);
    const std::uint32_t to = state_->lanes[ended.lane].to;
    state_->change_destination(to, [this, &ended](destination_state& at, user_state& of) {
        state_->clocks[ended.priority].ended(ended.of_user);
        of.clock.ended(ended.of_destination);
        at.clock.ended(ended.of_lane);
        --at.running;
        of.memory -= ended.memory;
    });
}

void scheduler::set_share(user_id user, unsigned weight, int priority) {
    state_->change_user(number_of(user), [this, weight, priority](user_state& of) {
        of.weight = weight_of(weight);
        if (of.share.priority == priority) return;
        of.share.priority = priority;
        state_->clocks[priority].enter(of.share);
    });
}

void scheduler::set_reserve(user_id user, std::uint64_t bytes) {
    state_->change_user(number_of(user), [this, bytes](user_state& of) {
        state_->memory += bytes - of.reserved; // unsigned: the sum is right, also downwards
        of.reserved = bytes;
    });
}

void scheduler::set_concurrency(destination_id destination, unsigned steps) {
    state_->change_destination(number_of(destination), [steps](destination_state& at, user_state&) {
        at.most = std::max(1u, steps);
    });
}

void scheduler::set_concurrency(endpoint_id endpoint, unsigned steps) {
    state_->endpoints[number_of(endpoint)].most = std::max(1u, steps);
    state_->let_in_at(number_of(endpoint));
}

unsigned scheduler::concurrency(destination_id destination) const {
    return state_->destinations[number_of(destination)].most;
}

unsigned scheduler::running(destination_id destination) const {
    return state_->destinations[number_of(destination)].running;
}

unsigned scheduler::running(endpoint_id endpoint) const {
    return state_->endpoints[number_of(endpoint)].running;
}

destination_id scheduler::destination_of(lane_id lane) const {
    return destination_id{state_->lanes[number_of(lane)].to};
}

void scheduler::pause(lane_id lane) {
    state_->change_lane(number_of(lane), [](lane_state& at, auto&, auto&) { at.paused = true; });
}

void scheduler::resume(lane_id lane) {
    state_->change_lane(number_of(lane), [](lane_state& at, auto&, auto&) { at.paused = false; });
}

void scheduler::pause(destination_id destination) {
    state_->change_destination(number_of(destination), [](destination_state& at, user_state&) {
        at.paused = true;
    });
}

void scheduler::resume(destination_id destination) {
    state_->change_destination(number_of(destination), [](destination_state& at, user_state&) {
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
