// engine: whether a commit may follow those before it.
#include "commit_order.hpp"

namespace sluice {

std::optional<std::string> commit_order::breaks_epoch(const commit& now) const {
    if (now.kind == commit_kind::claim) {
        const bool ours =
            now.claim.incarnation == of_.incarnation && now.claim.partitions == of_.partitions;
        if (ours) return std::nullopt;
        return "claims for incarnation " + now.claim.incarnation + " of " +
               std::to_string(now.claim.partitions) + " partitions, the folder is of " +
               of_.incarnation + " with " + std::to_string(of_.partitions);
    }
    if (released_) return "stands behind a release, where only a claim may";
    if (epoch_ && now.epoch != *epoch_)
        return "stands under epoch " + std::to_string(now.epoch) + ", the newest claim is " +
               std::to_string(*epoch_);
    if (!epoch_ && now.number == 0) return "is not a claim, though it is the first";
    return std::nullopt;
}

std::optional<std::string> commit_order::breaks_position(const commit& now) const {
    if (!next_) return std::nullopt;
    std::optional<position> begins;
    if (now.kind == commit_kind::objects) begins = now.objects.front().first;
    if (now.kind == commit_kind::gap) begins = now.gap_from;
    if (begins && *begins != *next_)
        return "begins at " + to_string(*begins) + ", the one before ends at " + to_string(*next_);
    if (!begins && now.next != *next_)
        return "moves the end from " + to_string(*next_) + " to " + to_string(now.next) +
               " without an object";
    return std::nullopt;
}

std::optional<std::string> commit_order::breaks(const commit& now) {
    auto how = breaks_epoch(now);
    if (!how) how = breaks_position(now);
    if (how) return how;
    epoch_ = now.epoch;
    next_ = now.next;
    released_ = now.kind == commit_kind::release;
    return std::nullopt;
}

} // namespace sluice
