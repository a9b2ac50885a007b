// engine: the scheduler, awaited: a lane enters before each step and leaves when it has ended.
#pragma once

#include "../core/concurrency_search.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/scheduler.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace sluice {

/// Use from one strand. Must outlive its slots.
class step_gate {
  public:
    /// `up_to`: how many steps run at once towards a destination is found by trying, from
    /// `limits.steps_per_destination` up to so many; 0: it stays as it is.
    step_gate(any_io_executor on, const scheduler_limits& limits, unsigned up_to = 0);
    ~step_gate();

    scheduler& rules() { return rules_; }
    destination_id add_destination() { return rules_.add_destination(user_); }

    /// Permission to run one step; gives it back when destroyed.
    class slot {
      public:
        slot() = default;
        slot(step_gate& from, step_id step, destination_id to, std::uint64_t cost)
            : from_(&from), step_(step), to_(to), cost_(cost) {}
        slot(slot&& other) noexcept { *this = std::move(other); }
        slot& operator=(slot&& other) noexcept {
            leave();
            from_ = std::exchange(other.from_, nullptr);
            step_ = other.step_;
            to_ = other.to_;
            cost_ = other.cost_;
            return *this;
        }
        ~slot() { leave(); }
        /// The step has moved what it cost.
        void done();
        void leave();

      private:
        step_gate* from_ = nullptr;
        step_id step_{};
        destination_id to_{};
        std::uint64_t cost_ = 0;
    };

    /// Waits for the scheduler. Errors: engine_errc::paused once the gate is closed to it.
    /// Cancellation: terminal (throws); nothing stays behind.
    task<result<slot>> enter(lane_id lane, std::uint64_t cost, std::uint64_t memory);
    /// Lets nobody in any more; who waits is told so. Steps that run go on.
    void close();
    bool closed() const { return closed_; }
    /// The same for one lane, until it is opened again.
    void close(lane_id lane);
    void open(lane_id lane) { closed_lanes_.erase(lane); }
    /// So many steps at once towards this destination, from now on: none else is tried.
    void fix_concurrency(destination_id to, unsigned steps);
    /// How many steps may run at once where this lane's do.
    unsigned concurrency(lane_id lane) const {
        return rules_.concurrency(rules_.destination_of(lane));
    }

  private:
    struct waiter;
    void pump();
    void finished(step_id step);
    void moved(destination_id to, std::uint64_t bytes);

    any_io_executor on_;
    scheduler rules_;
    user_id user_;
    unsigned start_, up_to_;
    std::map<destination_id, concurrency_search> searches_;
    std::set<destination_id> fixed_;
    std::map<step_id, waiter*> waiting_;
    std::set<lane_id> closed_lanes_;
    bool closed_ = false;
};

} // namespace sluice
