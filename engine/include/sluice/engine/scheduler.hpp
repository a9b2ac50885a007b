// engine: decides which step runs next. Pure: no clock, no executor; the driver asks and tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

struct scheduler_limits {
    std::uint64_t memory = 256 << 20;    ///< bytes that running steps may lease together
    unsigned steps_per_destination = 16; ///< running at once towards one destination
    unsigned steps = 64;                 ///< running at once, all together
};

enum class destination_id : std::uint32_t {};
enum class lane_id : std::uint32_t {};
enum class step_id : std::uint64_t {};

/// Weighted fair queueing, two levels: destinations share by weight, the lanes of a destination
/// share equally, both counted in bytes of finished and running work. Within a lane steps run in
/// the order submitted.
///
/// A destination may always run one step, whatever the memory in use, when nothing else of it runs:
/// so a budget smaller than one step slows, and never deadlocks. Where memory is short for the one
/// whose turn it is, no other gets it first. Who was paused, or wanted nothing, makes up for
/// nothing afterwards. O(log n) per decision, n lanes and destinations that want something.
class scheduler {
  public:
    explicit scheduler(const scheduler_limits& limits);
    ~scheduler();

    destination_id add_destination(unsigned weight = 1);
    lane_id add_lane(destination_id to);
    /// Waiting steps of the lane must have been cancelled, running ones finished.
    void remove_lane(lane_id lane);

    /// `cost` is what fairness counts (bytes to move), `memory` what is leased while it runs.
    step_id submit(lane_id lane, std::uint64_t cost, std::uint64_t memory);
    /// Withdraws a waiting step; false when it is running or gone.
    bool cancel(step_id step);
    /// The step to start now, already counted as running; nullopt when none may start.
    std::optional<step_id> start_next();
    /// A running step has ended, one way or the other.
    void finished(step_id step);

    /// Running at once towards this destination, from now on; at least 1. What runs goes on.
    void set_concurrency(destination_id destination, unsigned steps);
    unsigned concurrency(destination_id destination) const;
    unsigned running(destination_id destination) const;
    destination_id destination_of(lane_id lane) const;

    /// Paused lanes (destinations) start nothing; running steps go on.
    void pause(lane_id lane);
    void resume(lane_id lane);
    void pause(destination_id destination);
    void resume(destination_id destination);

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
