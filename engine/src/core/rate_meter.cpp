// engine: bytes per second, smoothed, and the time that is left.
#include "rate_meter.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

void rate_meter::observe(std::uint64_t total, double seconds) {
    constexpr double memory_seconds = 10;
    const double span = seconds - seen_at_;
    if (span < 0.05) return;
    // It may fall: what was sent once is sent again.
    const double now = static_cast<double>(total - std::min(seen_, total)) / span;
    const double weight = 1 - std::exp(-span / memory_seconds);
    sum_ += weight * (now - sum_);
    weight_ += weight * (1 - weight_);
    seen_ = total;
    seen_at_ = seconds;
}

std::optional<std::int64_t> seconds_left(double left, double per_second) {
    constexpr double longest = 10.0 * 365 * 86'400; // beyond ten years nothing is known
    if (left <= 0) return 0;
    if (per_second <= 0 || left / per_second > longest) return std::nullopt;
    return static_cast<std::int64_t>(std::ceil(left / per_second));
}

} // namespace sluice
