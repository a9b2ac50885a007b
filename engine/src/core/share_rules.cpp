// engine: what executors that divide a transfer between them may use of what the whole may.
#include "share_rules.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice {

std::size_t shares_of(const transfer_rules& whole, std::size_t partitions, std::size_t most) {
    constexpr std::uint64_t least_memory = std::uint64_t{32} << 20;
    const auto by_memory = static_cast<std::size_t>(whole.memory / least_memory);
    return std::max<std::size_t>(1, std::min({most, partitions, by_memory}));
}

transfer_rules rules_of_share(const transfer_rules& whole, std::size_t of) {
    transfer_rules rules = whole;
    const auto shares = static_cast<unsigned>(of);
    rules.memory = whole.memory / of;
    rules.concurrency = (whole.concurrency + shares - 1) / shares;
    if (rules.bytes_per_second) *rules.bytes_per_second /= static_cast<double>(of);
    rules.bytes_by_time = whole.bytes_by_time.times(1.0 / static_cast<double>(of));
    return rules;
}

} // namespace sluice
