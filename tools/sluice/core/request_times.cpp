// tools: how long requests took, in little memory however many they were.
#include "request_times.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace sluice::command {

namespace {

constexpr unsigned fine_bits = 7;
constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;

/// Values below 2 × 128 have a bucket each; above, 128 buckets share each power of two.
std::size_t bucket_of(std::uint64_t value) {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = bits > fine_bits + 1 ? bits - fine_bits - 1 : 0;
    return static_cast<std::size_t>(shift * fine + (value >> shift));
}

std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < 2 * fine) return bucket;
    const std::uint64_t shift = bucket / fine - 1;
    const std::uint64_t first = bucket - shift * fine;
    return ((first + 1) << shift) - 1;
}

} // namespace

void request_times::add(std::chrono::nanoseconds took) {
    took = std::max(took, std::chrono::nanoseconds(0));
    const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(took.count()));
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    least_ = count_ == 0 ? took : std::min(least_, took);
    most_ = std::max(most_, took);
    sum_ += static_cast<double>(took.count());
    ++count_;
}

std::chrono::nanoseconds request_times::average() const {
    if (count_ == 0) return std::chrono::nanoseconds(0);
    return std::chrono::nanoseconds(std::llround(sum_ / static_cast<double>(count_)));
}

std::chrono::nanoseconds request_times::percentile(double percent) const {
    const double exact = static_cast<double>(count_) * percent / 100;
    const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(exact)));
    std::uint64_t seen = 0;
    for (std::size_t n = 0; n < buckets_.size(); ++n) {
        seen += buckets_[n];
        if (seen < rank) continue;
        return std::min(most_, std::chrono::nanoseconds(upper_end(n)));
    }
    return most_;
}

} // namespace sluice::command
