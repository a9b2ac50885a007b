// engine: which ranges of which objects are fetched next, ahead of who reads them.
#include "object_ranges.hpp"

#include <algorithm>

namespace sluice {

unsigned concurrent_ranges(const transfer_rules& rules) {
    constexpr unsigned usual = 16;
    return rules.concurrency == 0 ? usual : rules.concurrency;
}

std::uint64_t range_bytes_of(const transfer_rules& rules) {
    constexpr std::uint64_t least = std::uint64_t{1} << 20;
    constexpr std::uint64_t most = std::uint64_t{8} << 20;
    return std::clamp(rules.memory / concurrent_ranges(rules), least, most);
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
