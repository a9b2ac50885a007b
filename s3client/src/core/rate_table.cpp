// s3client: a rate that changes in the course of a day or a week. Pure.
#include <sluice/s3/rate_table.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

rate_table::rate_table(std::vector<rate_change> changes) : changes_(std::move(changes)) {
    const auto earlier = [](const rate_change& a, const rate_change& b) {
        return a.minute < b.minute;
    };
    std::stable_sort(changes_.begin(), changes_.end(), earlier);
}

std::optional<double> rate_table::at(unsigned minute) const {
    if (changes_.empty()) return std::nullopt;
    const auto later = [](unsigned now, const rate_change& each) { return now < each.minute; };
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), minute, later);
    return next == changes_.begin() ? changes_.back().rate : std::prev(next)->rate;
}

rate_table rate_table::times(double part) const {
    rate_table parts = *this;
    for (rate_change& each : parts.changes_)
        if (each.rate) *each.rate *= part;
    return parts;
}

} // namespace sluice::s3
