// base: how long to wait before the next try, and what retries may cost together.
#include <sluice/base/retry.hpp>

#include <algorithm>

namespace sluice {

bool retry_tokens::take(unsigned cost) {
    if (cost > left_) return false;
    left_ -= cost;
    return true;
}

void retry_tokens::give(unsigned tokens) {
    left_ += std::min(tokens, capacity_ - left_);
}

std::optional<std::chrono::milliseconds> pause_before_retry(
    const retry_rules& rules,
    unsigned attempt,
    failure_class what,
    double jitter01,
    std::optional<std::chrono::milliseconds> server_hint
) {
    using std::chrono::milliseconds;
    if (what == failure_class::permanent || what == failure_class::cancelled) return std::nullopt;
    if (attempt >= rules.max_attempts) return std::nullopt;
    milliseconds longest =
        what == failure_class::throttle ? rules.throttle_base : rules.transient_base;
    for (unsigned i = 1; i < attempt && longest < rules.cap; ++i)
        longest *= 2;
    longest = std::min(longest, rules.cap);
    if (server_hint) {
        constexpr milliseconds patience{5000};
        return std::clamp(*server_hint, longest, longest + patience);
    }
    const auto scaled = jitter01 * static_cast<double>(longest.count());
    return milliseconds(static_cast<milliseconds::rep>(scaled));
}

} // namespace sluice
