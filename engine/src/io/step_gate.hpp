// engine: the scheduler, awaited: a lane enters before each step and leaves when it has ended.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/scheduler.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace sluice {

/// Use from one strand. Must outlive its slots.
class step_gate {
  public:
    step_gate(any_io_executor on, const scheduler_limits& limits);
    ~step_gate();

    scheduler& rules() { return rules_; }

    /// Permission to run one step; gives it back when destroyed.
    class slot {
      public:
        slot() = default;
        slot(step_gate& from, step_id step) : from_(&from), step_(step) {}
        slot(slot&& other) noexcept
            : from_(std::exchange(other.from_, nullptr)), step_(other.step_) {}
        slot& operator=(slot&& other) noexcept {
            leave();
            from_ = std::exchange(other.from_, nullptr);
            step_ = other.step_;
            return *this;
        }
        ~slot() { leave(); }
        void leave();

      private:
        step_gate* from_ = nullptr;
        step_id step_{};
    };

    /// Waits for the scheduler. Errors: engine_errc::paused once the gate is closed.
    /// Cancellation: terminal (throws); nothing stays behind.
    task<result<slot>> enter(lane_id lane, std::uint64_t cost, std::uint64_t memory);
    /// Lets nobody in any more; who waits is told so. Steps that run go on.
    void close();
    bool closed() const { return closed_; }

  private:
    struct waiter;
    void pump();
    void finished(step_id step);

    any_io_executor on_;
    scheduler rules_;
    std::map<step_id, waiter*> waiting_;
    bool closed_ = false;
};

} // namespace sluice
