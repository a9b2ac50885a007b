// tools: throughput over time, cut into segments as benchmarks of object stores tell it.
#include "load_segments.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sluice::command {

namespace {

using std::chrono::nanoseconds;

struct totals {
    double bytes = 0, requests = 0;
};

/// Between samples as if it had flowed evenly.
totals total_at(const load_samples& samples, nanoseconds at) {
    const auto after = std::find_if(samples.begin(), samples.end(), [at](const load_sample& each) {
        return each.at >= at;
    });
    const auto of = [](const load_sample& one) {
        return totals{static_cast<double>(one.bytes), static_cast<double>(one.requests)};
    };
    if (after == samples.end()) return of(samples.back());
    const totals high = of(*after);
    if (after == samples.begin() || after->at == at) return high;
    const totals low = of(*std::prev(after));
    const auto whole = static_cast<double>((after->at - std::prev(after)->at).count());
    const double share = static_cast<double>((at - std::prev(after)->at).count()) / whole;
    totals between;
    between.bytes = low.bytes + share * (high.bytes - low.bytes);
    between.requests = low.requests + share * (high.requests - low.requests);
    return between;
}

std::vector<load_segment> cut(const load_samples& samples, nanoseconds piece, std::size_t count) {
    std::vector<load_segment> pieces;
    totals before = total_at(samples, nanoseconds(0));
    for (std::size_t n = 1; n <= count; ++n) {
        const totals now = total_at(samples, piece * static_cast<std::int64_t>(n));
        load_segment one;
        one.seconds = std::chrono::duration<double>(piece).count();
        one.bytes = now.bytes - before.bytes;
        one.requests = now.requests - before.requests;
        pieces.push_back(one);
        before = now;
    }
    return pieces;
}

/// By which segments are compared.
double pace_of(const load_segment& one) {
    return one.bytes > 0 ? one.bytes_per_second() : one.requests_per_second();
}

} // namespace

std::vector<load_segment> segments_of(const load_samples& samples) {
    if (samples.empty() || samples.back().at.count() <= 0) return {};
    constexpr nanoseconds second = std::chrono::seconds(1);
    const nanoseconds whole = samples.back().at;
    if (whole < second) return cut(samples, whole, 1);
    return cut(samples, second, static_cast<std::size_t>(whole / second));
}

segment_spread spread_of(std::vector<load_segment> segments) {
    segment_spread spread;
    if (segments.empty()) return spread;
    const auto slower = [](const load_segment& a, const load_segment& b) {
        return pace_of(a) < pace_of(b);
    };
    std::stable_sort(segments.begin(), segments.end(), slower);
    spread.slowest = segments.front();
    spread.median = segments[segments.size() / 2];
    spread.fastest = segments.back();
    return spread;
}

bool has_settled(const load_samples& samples) {
    constexpr std::size_t pieces = 25, compared = 7;
    constexpr double most_apart = 0.075;
    if (samples.empty() || samples.back().at < std::chrono::seconds(5)) return false;
    const auto piece = samples.back().at / static_cast<std::int64_t>(pieces);
    const std::vector<load_segment> all = cut(samples, piece, pieces);
    const double last = pace_of(all.back());
    if (last <= 0) return false;
    return std::all_of(all.end() - compared, all.end(), [last](const load_segment& each) {
        return std::abs(pace_of(each) - last) <= most_apart * last;
    });
}

} // namespace sluice::command
