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
    std::uint64_t all = 0;
    for (std::size_t n = 0; n < last.totals.size(); ++n)
        all += last.totals[n] - first.totals[n];
    if (all == 0) return;
    const double equal = static_cast<double>(all) / static_cast<double>(last.totals.size());
    for (std::size_t n = 0; n < last.totals.size(); ++n) {
        const auto moved = static_cast<double>(last.totals[n] - first.totals[n]);
        worst_ = std::max(worst_.value_or(0), std::abs(moved - equal) / equal);
    }
}

} // namespace sluice::command
