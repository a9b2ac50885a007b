// tools: how evenly several moved at the same time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::command {

/// Of some that should move alike: how far the share of any of them was from an equal one, over any
/// second in which all of them moved. Pure: it is told times and totals.
class window_shares {
  public:
    using duration = std::chrono::steady_clock::duration;

    explicit window_shares(duration window = std::chrono::seconds(1)) : window_(window) {}

    /// At this time, what each has moved since its start. Times ascend, and all calls tell of as
    /// many.
    void sample(duration at, std::vector<std::uint64_t> totals);
    /// 0.05: somebody had 5 % more or less than an equal share of a window. None: no window yet.
    std::optional<double> most_uneven() const { return worst_; }

  private:
    struct moment {
        duration at;
        std::vector<std::uint64_t> totals;
    };

    duration window_;
    std::vector<moment> moments_; ///< of the window that ends now
    std::optional<double> worst_;
};

} // namespace sluice::command
