// engine: bytes per second, smoothed, and the time that is left. Pure: time is an argument.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// Exponentially weighted: what happened 10 s ago counts for about a third. What was before the
/// meter was made counts for nothing: in the first seconds the rate is nearly the mean of them.
class rate_meter {
  public:
    /// `total` is the running sum, `seconds` the time since the meter was made. Called about once a
    /// second.
    void observe(std::uint64_t total, double seconds);
    double per_second() const { return weight_ > 0 ? sum_ / weight_ : 0; }

  private:
    double sum_ = 0;
    double weight_ = 0; ///< of all that was seen; 1 in the long run
    double seen_at_ = 0;
    std::uint64_t seen_ = 0;
};

/// Whole seconds until `left` units are done; nullopt while the rate tells nothing.
std::optional<std::int64_t> seconds_left(double left, double per_second);

} // namespace sluice
