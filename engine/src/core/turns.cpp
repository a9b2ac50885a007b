// engine: whose turn it is, among users, their destinations and their lanes.
#include "turns.hpp"

#include <cmath>
#include <utility>

namespace sluice {

namespace {

bool fits(std::uint64_t in_use, std::uint64_t more, std::uint64_t most) {
    return in_use <= most && more <= most - in_use;
}

} // namespace

void scheduler::state::leave_place(std::uint32_t number) {
    using spot = destination_state::spot;
    destination_state& to = destinations[number];
    user_state& of = users[to.of];
    if (to.wants()) --of.wanting;
    if (to.where == spot::idle) of.idle.erase(to.share, number);
    if (to.where == spot::busy) of.busy.erase(to.share, number);
    if (to.at) {
        endpoint_state& there = endpoints[*to.at];
        there.parked.erase(number);
        there.present -= to.claim;
        there.running -= to.running;
    }
    to.where = spot::nowhere;
}

void scheduler::state::take_place(std::uint32_t number) {
    destination_state& to = destinations[number];
    user_state& of = users[to.of];
    if (to.wants()) ++of.wanting;
    if (to.at) {
        endpoint_state& there = endpoints[*to.at];
        const bool was_here = to.claim > 0;
        to.claim = to.wants() || to.running > 0 ? of.weight * to.weight : 0;
        if (to.claim > 0 && !was_here) to.moved = there.moved;
        there.present += to.claim;
        there.running += to.running;
    }
    stand(number);
}

void scheduler::state::stand(std::uint32_t number) {
    using spot = destination_state::spot;
    destination_state& to = destinations[number];
    if (!to.wants()) return;
    if (to.running == 0) {
        to.where = spot::idle;
        users[to.of].idle.insert(to.share, number);
    } else if (to.running < to.most && has_room(to)) {
        to.where = spot::busy;
        users[to.of].busy.insert(to.share, number);
    } else if (to.running < to.most) {
        to.where = spot::parked;
        endpoints[*to.at].parked.insert(number);
    }
}

/// One that never gets anything done must not come to hold all there is. And who has moved more
/// than its share leaves what is free to the others, also where they have not asked yet: a lane
/// asks for one step after the other, so that of several that become free at once each gets one,
/// whatever its weight, and large steps keep them for long.
bool scheduler::state::has_room(const destination_state& to) const {
    if (!to.at) return true;
    const endpoint_state& there = endpoints[*to.at];
    if (there.running >= there.most) return false;
    const double share = std::ceil(there.most * to.claim / there.present);
    const bool ahead = to.moved > there.moved;
    return to.running < share + (ahead ? 0 : 1);
}

/// While an endpoint has room, it runs fewer than it may: so those parked there are few.
void scheduler::state::let_in_at(std::uint32_t endpoint) {
    endpoint_state& there = endpoints[endpoint];
    if (there.running >= there.most) return;
    for (const std::uint32_t number : std::exchange(there.parked, {})) {
        change_user(destinations[number].of, [this, number](user_state&) {
            destinations[number].where = destination_state::spot::nowhere;
            stand(number);
        });
    }
}

bool scheduler::state::idle_comes_first() const {
    if (idle.front() != busy.front()) return idle.before(busy);
    const user_state& both = users[idle.front()];
    return both.idle.before(both.busy);
}

std::optional<std::uint32_t> scheduler::state::first_idle() const {
    if (idle.empty()) return std::nullopt;
    return users[idle.front()].idle.front();
}

std::uint64_t scheduler::state::next_memory(const destination_state& to) const {
    return lanes[to.lanes.front()].steps.begin()->second.memory;
}

std::optional<std::uint32_t> scheduler::state::choose() {
    if (running.size() >= limits.steps) return std::nullopt;
    while (!busy.empty()) {
        if (!idle.empty() && idle_comes_first()) return first_idle();
        const std::uint32_t user = busy.front();
        user_state& of = users[user];
        const std::uint32_t number = of.busy.front();
        destination_state& to = destinations[number];
        if (!has_room(to)) {
            change_user(user, [this, number, &to](user_state& its) {
                its.busy.erase(to.share, number);
                stand(number);
            });
            continue;
        }
        const std::uint64_t more = next_memory(to);
        if (!fits(of.memory, more, of.most_memory)) {
            busy.erase(of.share, user);
            continue;
        }
        if (fits(memory, more, limits.memory)) return number;
        const bool lower = !idle.empty() && users[idle.front()].share.priority < of.share.priority;
        return lower ? std::nullopt : first_idle();
    }
    return first_idle();
}

void scheduler::state::count_at_endpoint(destination_state& to, std::uint64_t cost) {
    if (!to.at) return;
    endpoint_state& there = endpoints[*to.at];
    there.moved += static_cast<double>(cost) / there.present;
    to.moved += static_cast<double>(cost) / to.claim;
}

step_id scheduler::state::start(std::uint32_t destination) {
    std::uint64_t started = 0;
    const std::uint32_t number = destinations[destination].lanes.front();
    count_at_endpoint(destinations[destination], lanes[number].steps.begin()->second.cost);
    change_lane(number, [&](lane_state& lane, destination_state& to, user_state& of) {
        const auto first = lane.steps.begin();
        const waiting_step step = first->second;
        const auto cost = static_cast<double>(step.cost);
        started = first->first;
        lane.steps.erase(first);
        running_step now{number, step.memory, of.share.priority};
        now.of_user = cost / of.weight;
        now.of_destination = cost / to.weight;
        now.of_lane = cost / lane.weight;
        clocks[now.priority].serve(of.share, now.of_user);
        of.clock.serve(to.share, now.of_destination);
        to.clock.serve(lane.share, now.of_lane);
        ++to.running;
        of.memory += step.memory;
        memory += step.memory;
        running.emplace(started, now);
    });
    waiting.erase(started);
    return step_id{started};
}

} // namespace sluice
