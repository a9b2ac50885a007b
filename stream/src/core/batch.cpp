// stream: arithmetic on what is known about batches.
#include <sluice/stream/batch.hpp>

#include <algorithm>

namespace sluice {

std::optional<time_range> merge(std::optional<time_range> a, std::optional<time_range> b) {
    if (!a) return b;
    if (!b) return a;
    return time_range{std::min(a->min, b->min), std::max(a->max, b->max)};
}

} // namespace sluice
