// engine: what may be done about a key of ours that no commit names.
#include "stray_rules.hpp"

namespace sluice {

stray_fate fate_of(const object_name& name, const tail& at) {
    if (!at.claim || name.epoch > at.claim->number) return stray_fate::leave;
    const bool ended = name.epoch < at.claim->number || at.released;
    return ended ? stray_fate::remove : stray_fate::claim_first;
}

} // namespace sluice
