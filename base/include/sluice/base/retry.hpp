// base: retrying as arithmetic. Time and jitter are arguments; nothing here sleeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice {

/// What a failure means for the next try.
enum class failure_class {
    retry = 1,           ///< transient: the same request may work
    throttle,            ///< the server asks for less
    refresh_credentials, ///< sign again with newer credentials, then retry
    permanent,           ///< the same request cannot work
    cancelled,           ///< we were asked to stop; never retried
};

/// AWS SDK "standard" retry mode, constants of 2026.
struct retry_rules {
    unsigned max_attempts = 3;                     ///< first try included
    std::chrono::milliseconds transient_base{50};  ///< base·2^i, full jitter
    std::chrono::milliseconds throttle_base{1000}; ///< for throttling answers
    std::chrono::milliseconds cap{20'000};         ///< applied before jitter
    unsigned transient_cost = 14;                  ///< tokens of the endpoint's bucket
    unsigned throttle_cost = 5;
};

/// Tokens that retries of one endpoint share: capacity 500, +1 per first-try success,
/// a retry's cost comes back when that retry succeeds.
class retry_tokens {
  public:
    explicit retry_tokens(unsigned capacity = 500) : capacity_(capacity), left_(capacity) {}
    bool take(unsigned cost);
    void give(unsigned tokens);
    unsigned left() const { return left_; }

  private:
    unsigned capacity_;
    unsigned left_;
};

/// The pause before try `attempt + 1` (attempt counts from 1), or nullopt when no further try is
/// allowed. With t = min(cap, base·2^(attempt-1)) the pause is jitter01·t; jitter01 is in [0, 1).
/// `server_hint` (x-amz-retry-after) replaces it, clamped to [t, t + 5 s], without jitter.
std::optional<std::chrono::milliseconds> pause_before_retry(
    const retry_rules& rules,
    unsigned attempt,
    failure_class what,
    double jitter01,
    std::optional<std::chrono::milliseconds> server_hint = std::nullopt
);

} // namespace sluice
