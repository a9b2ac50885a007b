// tools: shares of sliding windows.
#include "window_shares.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::command {

void window_shares::sample(duration at, std::vector<std::uint64_t> totals) {
    moments_.push_back({at, std::move(totals)});
    // The youngest that is a window old begins it; what is older is not needed any more.
    while (moments_.size() > 1 && at - moments_[1].at >= window_)
        moments_.erase(moments_.begin());
    const moment &first = moments_.front(), &last = moments_.back();
    if (last.at - first.at < window_) return;
    double all = 0, weights = 0;
    for (std::size_t n = 0; n < weights_.size(); ++n) {
        all += static_cast<double>(last.totals[n] - first.totals[n]);
        weights += weights_[n];
    }
    if (all == 0) return;
    for (std::size_t n = 0; n < weights_.size(); ++n) {
        const auto moved = static_cast<double>(last.totals[n] - first.totals[n]);
        const double due = all * weights_[n] / weights;
        worst_ = std::max(worst_.value_or(0), std::abs(moved - due) / due);
    }
}

} // namespace sluice::command
