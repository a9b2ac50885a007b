// engine: between two blocks: does the object go on, wait for events, or end here?
#include "object_end.hpp"

#include <algorithm>

namespace sluice {

object_decision decide_end(const object_so_far& object) {
    if (object.sealed_at) return object_room{*object.sealed_at, true};
    const object_room here{object.next, true};
    const bool may_end = object.bytes >= object.sent_bytes;
    const bool full =
        object.has_blocks && object.most_events > 0 && object.events >= object.most_events;
    if (may_end && full) return here;
    const bool ends = may_end && (object.sealing || object.due);
    if (object.rest == ahead::whole_block) {
        const bool takes_none = object.sealing || object.has_blocks;
        if (ends && takes_none) return here;
        return object_room{object.stream_end, object.end_is_final};
    }
    if (object.end_is_final || ends) return object_room{object.stream_end, true};
    return wait_for_events{};
}

std::optional<object_age::span> object_age::left(time_point now) const {
    if (limit_.count() == 0) return std::nullopt;
    return std::max(span(0), limit_ - ran(now));
}

bool object_age::to_be_noted(time_point now) {
    constexpr int notes = 8; // of the limit: what a kill may cost
    if (limit_.count() == 0 || ran(now) - noted_ < limit_ / notes) return false;
    noted_ = ran(now);
    return true;
}

} // namespace sluice
