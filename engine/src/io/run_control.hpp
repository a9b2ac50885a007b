// engine: the wish to stop, as lanes see it.
#pragma once

#include <sluice/base/task.hpp>

#include <chrono>

namespace sluice {

/// Set once, on the transfer's strand; lanes look at it between steps.
class run_control {
  public:
    void stop() { stopping_ = true; }
    bool stopping() const { return stopping_; }
    /// Sleeps for `span`, less when a stop is asked for meanwhile. Cancellation: terminal (throws).
    task<void> nap(std::chrono::milliseconds span) const;

  private:
    bool stopping_ = false;
};

} // namespace sluice
