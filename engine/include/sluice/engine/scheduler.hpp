// engine: decides which step runs next. Pure: no clock, no executor; the driver asks and tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

namespace sluice {

struct scheduler_limits {
    std::uint64_t memory = 256 << 20;    ///< bytes that all may lease together
    unsigned steps_per_destination = 16; ///< running at once towards one, where it says nothing
    unsigned steps = 64;                 ///< running at once, all together
};

enum class user_id : std::uint32_t {};
enum class endpoint_id : std::uint32_t {};
enum class destination_id : std::uint32_t {};
enum class lane_id : std::uint32_t {};
enum class step_id : std::uint64_t {};

/// Of users and destinations.
inline constexpr unsigned most_weight = 1'000;

/// A user is a transfer.
struct user_rules {
    unsigned weight = 1; ///< its share among users of its priority
    int priority = 0;    ///< a higher one goes first wherever both want something
    /// Bytes that its running steps may lease together, besides what all may.
    std::uint64_t memory = std::numeric_limits<std::uint64_t>::max();
};

struct destination_rules {
    unsigned weight = 1;           ///< among the destinations of its user
    unsigned steps = 0;            ///< running at once; 0: as scheduler_limits says
    std::optional<endpoint_id> at; ///< where users meet; none: it shares with nobody
};

/// Weighted fair queueing, three levels: users of the same priority share by weight, so do the
/// destinations of a user and the lanes of a destination, all counted in bytes of finished and
/// running work. Within a lane steps run in the order submitted.
///
/// A destination may always run one step, whatever the memory in use and however busy its endpoint
/// is, when nothing else of it runs: so a budget smaller than one step slows, and never deadlocks,
/// and who holds on to what it has stops nobody. (Such a step alone does not begin where somebody
/// of a higher priority waits for memory.) Where memory is short for the one whose turn it is, no
/// other gets it first; where only its own user's is short, other users go on. At an endpoint
/// nobody runs more than its share by weight and one, while others are there, and who is ahead
/// there no more than its share. Who was paused, or wanted nothing, makes up for nothing
/// afterwards, or for no more than is under way.
///
/// O(log n) per decision, n lanes, destinations and users that want something; where an endpoint is
/// used up, times the steps that it runs at once.
class scheduler {
  public:
    explicit scheduler(const scheduler_limits& limits);
    ~scheduler();

    user_id add_user(const user_rules& by = {});
    endpoint_id add_endpoint(unsigned steps);
    destination_id add_destination(user_id of, const destination_rules& by = {});
    lane_id add_lane(destination_id to, unsigned weight = 1);
    /// What is below must have been removed, waiting steps cancelled, running ones finished. Ids
    /// are used again.
    void remove(user_id user);
    void remove(endpoint_id endpoint);
    void remove(destination_id destination);
    void remove(lane_id lane);

    /// `cost` is what fairness counts (bytes to move), `memory` what is leased while it runs.
    step_id submit(lane_id lane, std::uint64_t cost, std::uint64_t memory);
    /// The waiting step's bytes are at hand now, or others wait until it begins: it goes before
    /// those of other lanes of its destination, which may be served less by twice its cost.
    void prefer(step_id step);
    /// Withdraws a waiting step; false when it is running or gone.
    bool cancel(step_id step);
    /// The step to start now, already counted as running; nullopt when none may start.
    std::optional<step_id> start_next();
    /// A running step has ended, one way or the other.
    void finished(step_id step);

    /// From now on; what runs goes on.
    void set_share(user_id user, unsigned weight, int priority);
    /// Bytes of the common budget that the user has beside its steps, from now on: they count as in
    /// use, whether there is so much or not.
    void set_reserve(user_id user, std::uint64_t bytes);
    /// Running at once towards this destination, from now on; at least 1. What runs goes on.
    void set_concurrency(destination_id destination, unsigned steps);
    void set_concurrency(endpoint_id endpoint, unsigned steps);
    unsigned concurrency(destination_id destination) const;
    unsigned running(destination_id destination) const;
    unsigned running(endpoint_id endpoint) const;
    destination_id destination_of(lane_id lane) const;

    /// Paused lanes (destinations) start nothing; running steps go on.
    void pause(lane_id lane);
    void resume(lane_id lane);
    void pause(destination_id destination);
    void resume(destination_id destination);

    /// By running steps, and reserved.
    std::uint64_t memory_in_use() const;
    std::size_t waiting() const;
    std::size_t running() const;
    /// Made so far to find turns: what O(log n) is tested by.
    std::uint64_t comparisons() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sluice
