// stream: values of records one after the other, as `delimited`, `lines` and `raw` lay them out.
#pragma once

#include "avro_record.hpp"

#include <sluice/stream/encoding.hpp>

namespace sluice {

inline constexpr std::size_t delimited_length_bytes = 4;
inline constexpr std::byte line_feed{'\n'};

inline bool begins_event(const record& each) {
    return !each.part || each.part->offset == 0;
}
inline bool ends_event(const record& each) {
    return !each.part || each.part->last;
}
/// Bytes before the value of a record.
inline std::size_t prefix_of(object_format format, const record& each) {
    return format == object_format::delimited && begins_event(each) ? delimited_length_bytes : 0;
}
/// Bytes behind it.
inline std::size_t suffix_of(object_format format, const record& each) {
    return format == object_format::lines && ends_event(each) ? 1 : 0;
}
inline std::size_t value_size(const record& each) {
    return each.value ? each.value->size() : 0;
}

} // namespace sluice
