// s3client: the rate that a server takes.
#include "request_rate.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::s3 {

namespace {

constexpr double quarter = 0.25; // seconds
constexpr double below_goodput = 0.98;
/// Requests a second. Below that the pauses between tries are limit enough.
constexpr double least = 8;
constexpr std::uint32_t refusals_that_count = 2;       // in a second
constexpr double growth = 1.01, fast_growth = 1.1;     // in a quarter of a second
constexpr double fast_after = 5, forgotten_after = 60; // seconds without a SlowDown
constexpr double saved_up = 0.05;                      // seconds' worth that may go at once

} // namespace

request_rate::time request_rate::wait(time now) {
    advance(now);
    return bucket_ ? bucket_->wait_for(1, now) : time(0);
}

void request_rate::sent(time now) {
    advance(now);
    if (bucket_) bucket_->spend(1, now);
}

void request_rate::answered(bool slow_down, time now) {
    advance(now);
    quarter_count& here = last_second_[static_cast<std::size_t>(slot_) % slots];
    ++(slow_down ? here.refused : here.good);
    if (!slow_down) return;
    std::uint32_t refusals = 0;
    for (const quarter_count& each : last_second_)
        refusals += each.refused;
    if (refusals < refusals_that_count) return;
    // What was sent before the last one counted is refused for the same reason.
    if (learned_ && (now - refused_at_).count() < quarter) return;
    refused_at_ = now;
    settled_ = learned_.has_value(); // the first measure was taken in a flood
    learned_ = std::max(least, below_goodput * goodput(now));
    apply(now);
}

std::optional<double> request_rate::limit() const {
    if (!bucket_) return std::nullopt;
    return bucket_->rate();
}

void request_rate::set_most(std::optional<double> most, time now) {
    most_ = most;
    apply(now);
}

/// Quarters that have passed: their counts leave, and the rate grows.
void request_rate::advance(time now) {
    if (!began_) {
        began_ = now;
        if (most_) apply(now);
    }
    const auto slot = static_cast<std::int64_t>(std::floor((now - *began_).count() / quarter));
    if (slot <= slot_) return;
    const std::int64_t passed = slot - slot_;
    for (std::int64_t n = 1; n <= std::min<std::int64_t>(passed, slots); ++n)
        last_second_[static_cast<std::size_t>(slot_ + n) % slots] = quarter_count();
    slot_ = slot;
    if (!learned_) return;
    const double quiet = (now - refused_at_).count();
    if (quiet >= forgotten_after) {
        learned_.reset();
    } else if (quiet >= quarter) {
        const bool fast = !settled_ || quiet >= fast_after;
        *learned_ *= std::pow(fast ? fast_growth : growth, static_cast<double>(passed));
    }
    apply(now);
}

/// Well answered requests a second, over the last second or since the beginning.
double request_rate::goodput(time now) const {
    double sum = 0;
    for (const quarter_count& each : last_second_)
        sum += each.good;
    const double since_start = (now - *began_).count();
    const double into_slot = since_start - static_cast<double>(slot_) * quarter;
    const double window = std::min(since_start, (slots - 1) * quarter + into_slot);
    return sum / std::max(window, quarter);
}

void request_rate::apply(time now) {
    std::optional<double> rate = learned_;
    if (most_) rate = std::min(*most_, rate.value_or(*most_));
    if (!rate) {
        bucket_.reset();
    } else if (bucket_) {
        bucket_->set_rate(*rate, now);
    } else {
        bucket_.emplace(*rate, std::max(1.0, *rate * saved_up));
        bucket_->spend(0, now);
    }
}

} // namespace sluice::s3
