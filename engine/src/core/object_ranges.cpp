// engine: which ranges of which objects are fetched next, ahead of who reads them.
#include "object_ranges.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr std::uint64_t kib = 1024, mib = kib * kib;

/// What a limit lets come soon: what is fetched ahead is lost when the import is paused. A
/// timetable may say more at any time.
std::optional<std::uint64_t> soon_there(const transfer_rules& rules) {
    constexpr double soon_seconds = 4;
    if (!rules.bytes_per_second || !rules.bytes_by_time.empty()) return std::nullopt;
    constexpr double largest = 1e18;
    return static_cast<std::uint64_t>(std::min(*rules.bytes_per_second * soon_seconds, largest));
}

} // namespace

unsigned concurrent_ranges(const transfer_rules& rules) {
    constexpr unsigned usual = 16;
    if (rules.concurrency > 0) return rules.concurrency;
    const auto soon = soon_there(rules);
    if (!soon) return usual;
    constexpr std::uint64_t fewest = 2; // one comes while the other is read
    return static_cast<unsigned>(std::clamp(*soon / mib, fewest, std::uint64_t{usual}));
}

std::uint64_t range_bytes_of(const transfer_rules& rules) {
    const unsigned at_once = concurrent_ranges(rules);
    const std::uint64_t fits = std::clamp(rules.memory / at_once, mib, 8 * mib);
    const auto soon = soon_there(rules);
    return soon ? std::clamp(*soon / at_once, 256 * kib, fits) : fits;
}

std::uint64_t ranges_of(std::uint64_t object_bytes, std::uint64_t range_bytes) {
    return object_bytes / range_bytes + (object_bytes % range_bytes > 0 ? 1 : 0);
}

std::optional<object_range> object_ranges::next() {
    while (object_ < objects_.size() && at_ >= objects_[object_].size) {
        ++object_;
        at_ = 0;
    }
    if (object_ == objects_.size()) return std::nullopt;
    object_range range;
    range.object = object_;
    range.first = at_;
    range.size = std::min(range_bytes_, objects_[object_].size - at_);
    at_ += range.size;
    return range;
}

void object_ranges::pass_over(std::size_t object) {
    if (object_ != object) return;
    ++object_;
    at_ = 0;
}

} // namespace sluice
