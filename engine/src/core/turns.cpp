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
        there.present -= std::exchange(to.claim, 0);
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
        to.claim = to.wants() || to.running > 0 ? of.weight * to.weight : 0;
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

/// One that never gets anything done must not come to hold all there is.
bool scheduler::state::has_room(const destination_state& to) const {
    if (!to.at) return true;
    const endpoint_state& there = endpoints[*to.at];
    if (there.running >= there.most) return false;
    const double share = std::ceil(there.most * to.claim / there.present);
    return to.running < share + 1;
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

step_id scheduler::state::start(std::uint32_t destination) {
    std::uint64_t started = 0;
    const std::uint32_t number = destinations[destination].lanes.front();
    change_lane(number, [&](lane_state& lane, destination_state& to, user_state& of) {
        const auto first = lane.steps.begin();
        const waiting_step step = first->second;
        const auto cost = static_cast<double>(step.cost);
        started = first->first;
        lane.steps.erase(first);
        clocks[of.share.priority].serve(of.share);
        of.clock.serve(to.share);
        to.clock.serve(lane.share);
        of.share.served += cost / of.weight;
        to.share.served += cost / to.weight;
        lane.share.served += cost / lane.weight;
        ++to.running;
        of.memory += step.memory;
        memory += step.memory;
        running.emplace(started, running_step{number, step.memory});
    });
    waiting.erase(started);
    return step_id{started};
}

} // namespace sluice
