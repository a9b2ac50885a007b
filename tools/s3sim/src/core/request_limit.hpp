// s3sim: how many requests a second are served before the rest hears SlowDown. Arithmetic on time.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::sim {

/// A token bucket that holds one second's worth.
class request_limit {
  public:
    using clock = std::chrono::steady_clock;

    /// 0: no limit.
    void set(double per_second, clock::time_point now) {
        rate_ = per_second;
        tokens_ = per_second;
        then_ = now;
    }
    double rate() const { return rate_; }

    /// False: one too many.
    bool take(clock::time_point now) {
        if (rate_ <= 0) return true;
        const std::chrono::duration<double> passed = now - then_;
        then_ = now;
        tokens_ = std::min(std::max(rate_, 1.0), tokens_ + passed.count() * rate_);
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

  private:
    double rate_ = 0, tokens_ = 0;
    clock::time_point then_{};
};

} // namespace sluice::sim
