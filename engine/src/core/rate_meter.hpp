// engine: bytes per second, smoothed, and the time that is left. Pure: time is an argument.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// Exponentially weighted: what happened 10 s ago counts for about a third.
class rate_meter {
  public:
    /// `total` is the running sum, `seconds` the time since the meter was made. Called about once a
    /// second.
    void observe(std::uint64_t total, double seconds);
    double per_second() const { return rate_; }

  private:
    double rate_ = 0;
    double seen_at_ = 0;
    std::uint64_t seen_ = 0;
    bool primed_ = false;
};

/// Whole seconds until `left` units are done; nullopt while the rate tells nothing.
std::optional<std::int64_t> seconds_left(double left, double per_second);

} // namespace sluice
