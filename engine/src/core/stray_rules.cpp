// engine: what may be done about a key of ours that no commit names.
#include "stray_rules.hpp"

#include <chrono>

namespace sluice {

stray_fate fate_of(const object_name& name, const tail& at) {
    if (!at.claim || name.epoch > at.claim->number) return stray_fate::leave;
    const bool ended = name.epoch < at.claim->number || at.released;
    return ended ? stray_fate::remove : stray_fate::claim_first;
}

std::string removal_of(const std::optional<object_name>& name, const tail& at) {
    if (!name) return "its name is none that an export gives, and no command removes it";
    switch (fate_of(*name, at)) {
    case stray_fate::remove:
        // Whoever goes on under a claim of its own has looked when it wrote that.
        return at.released ? "the next export removes it" : "`sluice cleanup` removes it";
    case stray_fate::claim_first:
        return "of the claim in force, whose export may still name it, or its commit is gone; "
               "`sluice cleanup --take-over` removes it";
    case stray_fate::leave:
        break;
    }
    return "of a claim that no commit tells of, and no command removes it";
}

bool is_left_over(
    const object_name& name,
    std::uint64_t claim,
    bool kept,
    std::optional<std::int64_t> since,
    std::int64_t now
) {
    constexpr std::chrono::microseconds day = std::chrono::hours(24);
    if (name.epoch != claim) return name.epoch < claim;
    return !kept && since && now - *since >= day.count();
}

} // namespace sluice
