// engine: how long to go on against a store that does not answer well. Pure: time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice {

/// Shared by everything that talks to one destination: any success of anybody starts the count
/// anew.
class patience {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit patience(std::chrono::milliseconds retry_for) : retry_for_(retry_for) {}

    void success() {
        failing_since_.reset();
        ever_ = true;
        failures_ = 0;
        next_turn_ = {};
        ++successes_;
    }
    /// Who waits looks at this: after the success of somebody else there is nothing to wait for.
    std::uint64_t successes() const { return successes_; }
    /// Nobody has had success since a failure.
    bool failing() const { return failing_since_.has_value(); }
    /// Somebody is there, though the answer was no success.
    void answered() { ever_ = true; }
    /// The pause before the next try: 250 ms, doubling up to 8 s; nullopt when it is time to give
    /// up. After two minutes without a success those who wait take turns: however many they are,
    /// one of them tries every 25 s. A store that has never answered is given up after 5 s at most:
    /// it is probably not there.
    std::optional<std::chrono::milliseconds> after_failure(time_point now);

  private:
    std::chrono::milliseconds retry_for_;
    std::optional<time_point> failing_since_;
    bool ever_ = false; ///< answered
    unsigned failures_ = 0;
    time_point next_turn_{}; ///< that nobody has taken, of a store that is down for long
    std::uint64_t successes_ = 0;
};

} // namespace sluice
