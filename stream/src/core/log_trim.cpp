// stream: whether a segment may be removed.
#include "log_trim.hpp"

namespace sluice::log {

bool is_surplus(const segment_facts& segment, const trim_rules& rules) {
    if (rules.before && segment.end <= *rules.before) return true;
    if (rules.keep.bytes && segment.bytes_behind >= *rules.keep.bytes) return true;
    return rules.keep.age && segment.age > *rules.keep.age;
}

bool is_held(
    const segment_facts& segment, const std::optional<position>& cursor, const trim_rules& rules
) {
    if (cursor && segment.end <= *cursor) return false;
    return !rules.keep.max_lag || segment.bytes_behind < *rules.keep.max_lag;
}

} // namespace sluice::log
