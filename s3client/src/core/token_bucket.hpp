// s3client: so much a second, and no more. Pure: it is told the time.
#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::s3 {

/// Tokens that come in at a rate, and are saved up to a limit while nobody spends. Spending may run
/// into debt, so that what is larger than the savings is possible, and later ones wait for it.
class token_bucket {
  public:
    /// Since any beginning; never goes back.
    using time = std::chrono::duration<double>;

    /// `burst`: how much may be saved up while nobody spends; what it begins with.
    token_bucket(double per_second, double burst)
        : rate_(per_second), burst_(burst), level_(burst) {}

    double rate() const { return rate_; }
    void set_rate(double per_second, time now) {
        refill(now);
        rate_ = per_second;
    }
    /// How long until so many tokens are there; 0: they are.
    time wait_for(double tokens, time now) {
        refill(now);
        return time(level_ >= tokens ? 0 : (tokens - level_) / rate_);
    }
    void spend(double tokens, time now) {
        refill(now);
        level_ -= tokens;
    }

  private:
    void refill(time now) {
        const double passed = std::max(0.0, (now - at_).count());
        level_ = std::min(burst_, level_ + passed * rate_);
        at_ = std::max(at_, now);
    }

    double rate_;
    double burst_;
    double level_;
    time at_{0};
};

} // namespace sluice::s3
