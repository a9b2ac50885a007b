// engine: the wish to end, as lanes see it.
#pragma once

#include <sluice/base/task.hpp>

#include <atomic>
#include <chrono>
#include <string>

namespace sluice {

/// What is wanted of a running transfer; a later one outweighs those before it.
enum class wish { run = 1, pause, stop, cancel };

/// Of "running", "paused", "stopped", "cancelled", and "removed", which stops first.
wish wish_of(const std::string& desired);
/// The state of interface.md in which it is while it is followed.
std::string state_on_the_way(wish what);
/// And that in which it is when it has ended so.
const char* name_of_end(wish what);

/// Changed on the transfer's strand; lanes look at it between steps, from whatever thread.
class run_control {
  public:
    run_control() = default;
    /// Of a part of what `whole` controls: it ends with the whole, or by itself.
    explicit run_control(const run_control* whole) : whole_(whole) {}
    run_control(const run_control& other)
        : whole_(other.whole_),
          stopping_(other.stopping_.load()),
          sealing_(other.sealing_.load()) {}
    run_control& operator=(const run_control&) = delete;

    /// No new step.
    void stop() { stopping_ = true; }
    /// Objects under way are to be ended and published; no new one.
    void seal() { sealing_ = true; }
    /// The lanes have ended; what remains to be done for good may take its time.
    void say_farewell() { stopping_ = sealing_ = false; }

    bool stopping() const { return stopping_ || (whole_ && whole_->stopping()); }
    bool sealing() const { return sealing_ || (whole_ && whole_->sealing()); }
    bool ending() const { return stopping() || sealing(); }
    /// Sleeps for `span`, less when an end is asked for meanwhile. Cancellation: terminal (throws).
    task<void> nap(std::chrono::milliseconds span) const;

  private:
    const run_control* whole_ = nullptr;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> sealing_ = false;
};

} // namespace sluice
