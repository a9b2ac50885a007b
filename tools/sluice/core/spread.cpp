// tools: which partition an appended event goes to.
#include "spread.hpp"

#include "transfer_options.hpp"

#include <sluice/base/hash.hpp>

namespace sluice::command {

result<partition_chooser> partition_chooser::make(
    std::uint32_t partitions, std::optional<std::uint32_t> fixed, const std::string& rule
) {
    partition_chooser chooser;
    chooser.partitions_ = partitions;
    if (fixed) {
        if (*fixed >= partitions) {
            return usage_failure(
                "--partition " + std::to_string(*fixed) + ": the stream has partitions 0 to " +
                std::to_string(partitions - 1)
            );
        }
        chooser.rule_ = spread_rule::fixed;
        chooser.next_ = *fixed;
        return chooser;
    }
    if (rule == "round-robin")
        chooser.rule_ = spread_rule::round_robin;
    else if (rule != "key")
        return usage_failure("--spread " + rule + ": must be key or round-robin");
    return chooser;
}

std::uint32_t partition_chooser::choose(const std::optional<bytes_view>& key) {
    switch (rule_) {
    case spread_rule::fixed:
        return next_;
    case spread_rule::round_robin: {
        const std::uint32_t chosen = next_;
        next_ = (next_ + 1) % partitions_;
        return chosen;
    }
    case spread_rule::key:
        break;
    }
    if (!key) return 0;
    return static_cast<std::uint32_t>(crc64nvme(*key) % partitions_);
}

} // namespace sluice::command
