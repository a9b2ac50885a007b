// engine: whose turn it is, among users, their destinations and their lanes. What the scheduler
// keeps in mind.
#pragma once

#include "fair_queue.hpp"

#include <sluice/engine/scheduler.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace sluice {

/// So many times its cost a step that is preferred may come earlier.
constexpr double preferred_lead = 2;

struct waiting_step {
    std::uint64_t cost = 0;
    std::uint64_t memory = 0;
    bool preferred = false;
};

struct running_step {
    std::uint32_t lane = 0;
    std::uint64_t memory = 0;
    int priority = 0; ///< of its user, when it started
    /// By which shares grew: of its user, its destination, its lane.
    double of_user = 0, of_destination = 0, of_lane = 0;
};

struct lane_state {
    std::uint32_t to = 0;
    double weight = 1;
    fair_share share;
    std::map<std::uint64_t, waiting_step> steps; ///< by number, hence in the order submitted
    bool paused = false;

    bool wants() const { return !paused && !steps.empty(); }
    double lead() const {
        const waiting_step& next = steps.begin()->second;
        return next.preferred ? preferred_lead * static_cast<double>(next.cost) / weight : 0;
    }
};

struct endpoint_state {
    unsigned most = 1; ///< running at once
    unsigned running = 0;
    double present = 0;             ///< claims of those that run or want something here
    double moved = 0;               ///< cost of what was started, over the claims present then
    std::set<std::uint32_t> parked; ///< that run something and may not run more now
};

struct destination_state {
    destination_state(std::uint32_t user, std::uint64_t& comparisons)
        : of(user), lanes(comparisons) {}

    /// Where it stands; nowhere: it wants nothing, or runs as much as it may.
    enum class spot { nowhere = 1, idle, busy, parked };

    std::uint32_t of;
    double weight = 1;
    unsigned most = 1; ///< running at once
    std::optional<std::uint32_t> at;
    fair_share share;
    fair_queue lanes; ///< those that want to start something
    fair_clock clock; ///< of the lanes
    unsigned running = 0;
    bool paused = false;
    spot where = spot::nowhere;
    double claim = 0; ///< by which it is counted at its endpoint
    double moved = 0; ///< there: cost over claim; beside the endpoint's it tells who is ahead

    bool wants() const { return !paused && !lanes.empty(); }
};

struct user_state {
    explicit user_state(std::uint64_t& comparisons) : idle(comparisons), busy(comparisons) {}

    double weight = 1;
    std::uint64_t most_memory = 0, memory = 0, reserved = 0;
    fair_share share;
    fair_queue idle, busy; ///< of its destinations
    fair_clock clock;      ///< of the destinations; both queues share it
    unsigned wanting = 0;  ///< destinations
};

/// Numbers of a vector's places, used again.
template <class T>
class numbered {
  public:
    std::uint32_t add(T what) {
        if (free_.empty()) {
            all_.push_back(std::move(what));
            return static_cast<std::uint32_t>(all_.size() - 1);
        }
        const std::uint32_t number = free_.back();
        free_.pop_back();
        all_[number] = std::move(what);
        return number;
    }
    void remove(std::uint32_t number) { free_.push_back(number); }
    T& operator[](std::uint32_t number) { return all_[number]; }
    const T& operator[](std::uint32_t number) const { return all_[number]; }

  private:
    std::vector<T> all_;
    std::vector<std::uint32_t> free_;
};

/// Destinations that want something stand in one of two queues of their user: `idle` ones run
/// nothing and may always start, `busy` ones need memory, and room at their endpoint. Users stand
/// in two queues by the same rule. So a decision looks at two heads, however many wait. Who finds
/// its endpoint used up is parked there; a user that is short of its own memory steps aside until
/// something of it changes.
struct scheduler::state {
    explicit state(const scheduler_limits& by) : limits(by) {}

    scheduler_limits limits;
    std::uint64_t comparisons = 0;
    numbered<user_state> users;
    numbered<endpoint_state> endpoints;
    numbered<destination_state> destinations;
    numbered<lane_state> lanes;
    fair_queue idle{comparisons};
    fair_queue busy{comparisons};
    std::map<int, fair_clock> clocks;                         ///< of the users, by priority
    std::unordered_map<std::uint64_t, std::uint32_t> waiting; ///< step → lane
    std::unordered_map<std::uint64_t, running_step> running;
    std::uint64_t last_step = 0;
    std::uint64_t memory = 0; ///< of running steps, and reserved

    /// Changes a user, keeping its place in the queues right.
    template <class Change>
    void change_user(std::uint32_t number, Change&& apply) {
        user_state& of = users[number];
        idle.erase(of.share, number);
        busy.erase(of.share, number);
        const bool wanted = of.wanting > 0;
        apply(of);
        if (of.wanting > 0 && !wanted) clocks[of.share.priority].join(of.share);
        if (!of.idle.empty()) idle.insert(of.share, number);
        if (!of.busy.empty()) busy.insert(of.share, number);
    }

    /// The same for a destination, and then for its user.
    template <class Change>
    void change_destination(std::uint32_t number, Change&& apply) {
        const std::optional<std::uint32_t> at = destinations[number].at;
        const double present = at ? endpoints[*at].present : 0;
        const unsigned ran = at ? endpoints[*at].running : 0;
        change_user(destinations[number].of, [&](user_state& of) {
            destination_state& to = destinations[number];
            const bool wanted = to.wants();
            leave_place(number);
            apply(to, of);
            if (to.wants() && !wanted) of.clock.join(to.share);
            take_place(number);
        });
        if (!at) return;
        const endpoint_state& there = endpoints[*at];
        if (there.running < ran || there.present < present) let_in_at(*at);
    }

    /// The same for a lane, and then for its destination.
    template <class Change>
    void change_lane(std::uint32_t number, Change&& apply) {
        change_destination(lanes[number].to, [&](destination_state& to, user_state& of) {
            lane_state& lane = lanes[number];
            const bool wanted = lane.wants();
            to.lanes.erase(lane.share, number);
            apply(lane, to, of);
            if (!lane.wants()) return;
            if (!wanted) to.clock.join(lane.share);
            lane.share.lead = lane.lead();
            to.lanes.insert(lane.share, number);
        });
    }

    /// The destination to start something of. When memory is short for the one that has been served
    /// least, the others that need memory wait with it: a stream of small steps must not starve a
    /// large one.
    std::optional<std::uint32_t> choose();
    step_id start(std::uint32_t destination);
    /// Those parked at an endpoint look again whether there is room.
    void let_in_at(std::uint32_t endpoint);

  private:
    /// In the queues of its user, and at its endpoint; the user stands in no queue meanwhile.
    void leave_place(std::uint32_t number);
    void take_place(std::uint32_t number);
    void stand(std::uint32_t number);
    bool has_room(const destination_state& to) const;
    void count_at_endpoint(destination_state& to, std::uint64_t cost);
    bool idle_comes_first() const;
    std::optional<std::uint32_t> first_idle() const;
    std::uint64_t next_memory(const destination_state& to) const;
};

} // namespace sluice
