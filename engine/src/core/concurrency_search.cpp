// engine: how many requests at once a destination is worth, found by trying.
#include "concurrency_search.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

using namespace std::chrono_literals;

/// Of a measurement: its time, and its requests, times those at once. In the beginning it is about
/// doublings, which show at a glance.
constexpr auto least_time = 500ms, least_time_at_first = 100ms;
constexpr unsigned rounds = 3, rounds_at_first = 2;
constexpr double fair_share = 0.2;     // of the gain that more requests could have brought
constexpr unsigned longest_rest = 128; // measurements
/// Of one connection, bytes a second: nothing that is not on the same machine, or next to it.
constexpr double memory_nearby = 128 << 20;
/// Where it is less, at first.
constexpr unsigned many_at_first = 8;
/// So few have large requests: one more is half again as much memory, and shows.
constexpr unsigned few = 2;

double seconds(concurrency_search::time span) {
    return std::chrono::duration<double>(span).count();
}

} // namespace

bool concurrency_search::begins_with_more(std::uint64_t bytes, time took) {
    if (std::exchange(met_, true)) return false;
    const unsigned many = std::min(most_, many_at_first);
    if (limit_ >= many || static_cast<double>(bytes) >= memory_nearby * seconds(took)) return false;
    limit_ = kept_ = settling_ = many;
    return true;
}

bool concurrency_search::ended(std::uint64_t bytes, unsigned running, time took, time now) {
    if (begins_with_more(bytes, took)) return true;
    if (begun_ < 0ns) measure_anew(now);
    if (settling_ > 0) {
        if (--settling_ == 0) measure_anew(now);
        return false;
    }
    ++requests_;
    bytes_ += bytes;
    if (running >= limit_) ++held_back_;
    const time passed = now - begun_;
    if (requests_ < (near_ ? rounds : rounds_at_first) * limit_) return false;
    if (passed < (near_ ? least_time : least_time_at_first)) return false;
    if (requests_ % limit_ != 0) return false; // those begun together end together: all or none
    const unsigned before = limit_;
    const bool by_limit = held_back_ >= requests_ - requests_ / 8;
    if (by_limit) {
        judge(static_cast<double>(bytes_) / seconds(passed));
    } else if (trying_) { // it says nothing: something else held requests back
        take_back();
    }
    measure_anew(now);
    if (limit_ != before) settling_ = std::max(limit_, before);
    return limit_ != before;
}

void concurrency_search::measure_anew(time now) {
    begun_ = now;
    requests_ = held_back_ = 0;
    bytes_ = 0;
}

void concurrency_search::judge(double rate) {
    if (!trying_) {
        rate_ = rate;
        if (rest_ > 0)
            --rest_;
        else
            try_more();
        return;
    }
    const double possible = static_cast<double>(limit_) / kept_ - 1;
    if (rate >= rate_ * (1 + fair_share * possible)) {
        kept_ = limit_;
        rate_ = rate;
        next_rest_ = 4;
        try_more();
        return;
    }
    take_back();
}

void concurrency_search::take_back() {
    limit_ = kept_;
    trying_ = false;
    near_ = true;
    rest_ = next_rest_;
    next_rest_ = std::min(2 * next_rest_, longest_rest);
}

void concurrency_search::try_more() {
    const unsigned many = near_ ? std::max(2u, kept_ / 2) : std::max(5u, kept_);
    const unsigned more = kept_ <= few ? 1 : many;
    limit_ = std::min(most_, kept_ + more);
    trying_ = limit_ != kept_;
}

} // namespace sluice
