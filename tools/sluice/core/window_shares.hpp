// tools: how evenly several moved at the same time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::command {

/// Of some that move at the same time: how far the share of any of them was from what its weight is
/// due, over any second. Pure: it is told times and totals.
class window_shares {
  public:
    using duration = std::chrono::steady_clock::duration;

    /// `weights`: at least one, above 0.
    explicit window_shares(std::vector<unsigned> weights, duration window = std::chrono::seconds(1))
        : weights_(std::move(weights)), window_(window) {}

    /// At this time, what each has moved since its start. Times ascend.
    void sample(duration at, std::vector<std::uint64_t> totals);
    /// 0.05: somebody had 5 % more or less than its share of a window. None: no window yet.
    std::optional<double> most_uneven() const { return worst_; }

  private:
    struct moment {
        duration at;
        std::vector<std::uint64_t> totals;
    };

    std::vector<unsigned> weights_;
    duration window_;
    std::vector<moment> moments_; ///< of the window that ends now
    std::optional<double> worst_;
};

} // namespace sluice::command
