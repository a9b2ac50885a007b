// tools: how long requests took, in little memory however many they were.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice::command {

/// Counts durations in buckets that are less than 1 % wide (128 for each power of two).
class request_times {
  public:
    void add(std::chrono::nanoseconds took);

    std::uint64_t count() const { return count_; }
    std::chrono::nanoseconds least() const { return least_; }
    std::chrono::nanoseconds most() const { return most_; }
    std::chrono::nanoseconds average() const;
    /// That `percent` (above 0, at most 100) of the requests did not exceed: the upper end of its
    /// bucket, and never more than the longest. 0 when there are none.
    std::chrono::nanoseconds percentile(double percent) const;

  private:
    std::vector<std::uint64_t> buckets_; ///< as many as were needed so far
    std::uint64_t count_ = 0;
    double sum_ = 0; ///< nanoseconds
    std::chrono::nanoseconds least_{0}, most_{0};
};

} // namespace sluice::command
