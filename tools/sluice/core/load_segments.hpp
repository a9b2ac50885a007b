// tools: throughput over time, cut into segments as benchmarks of object stores tell it.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice::command {

/// Running totals at one moment of a measurement.
struct load_sample {
    std::chrono::nanoseconds at{0}; ///< since it began
    std::uint64_t bytes = 0;
    std::uint64_t requests = 0;
};
/// In order of time, the first one at its beginning.
using load_samples = std::vector<load_sample>;

struct load_segment {
    double seconds = 0;
    double bytes = 0, requests = 0; ///< within it, by interpolation between samples

    double bytes_per_second() const { return seconds > 0 ? bytes / seconds : 0; }
    double requests_per_second() const { return seconds > 0 ? requests / seconds : 0; }
};

/// One for each whole second; the rest is left out, unless it is all there is.
std::vector<load_segment> segments_of(const load_samples& samples);

/// Segments ordered by throughput: by bytes, where bytes were moved, else by requests.
struct segment_spread {
    load_segment slowest, median, fastest;
};
segment_spread spread_of(std::vector<load_segment> segments);

/// Whether throughput has settled, by warp's rule: of 25 equal pieces of the time so far each of
/// the last 7 differs from the last one by at most 7.5 %. Never before 5 s.
bool has_settled(const load_samples& samples);

} // namespace sluice::command
