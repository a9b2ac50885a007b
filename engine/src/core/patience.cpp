// engine: how long to go on against a store that does not answer well.
#include "patience.hpp"

#include <algorithm>

namespace sluice {

std::optional<std::chrono::milliseconds> patience::after_failure(time_point now) {
    constexpr std::chrono::milliseconds first_pause{250};
    constexpr std::chrono::milliseconds longest_pause{8'000};
    constexpr std::chrono::milliseconds for_strangers{5'000};
    constexpr std::chrono::minutes long_down{2};
    constexpr std::chrono::seconds between_turns{25};
    if (!failing_since_) failing_since_ = now;
    const std::chrono::milliseconds allowed =
        ever_ ? retry_for_ : std::min(retry_for_, for_strangers);
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(now - *failing_since_);
    if (spent >= allowed) return std::nullopt;
    if (spent >= long_down) {
        next_turn_ = std::max(next_turn_, now) + between_turns;
        const auto until = std::chrono::duration_cast<std::chrono::milliseconds>(next_turn_ - now);
        return std::min(until, allowed - spent);
    }
    const std::chrono::milliseconds grown = first_pause * (1u << std::min(failures_, 7u));
    ++failures_;
    return std::min({grown, longest_pause, allowed - spent});
}

} // namespace sluice
