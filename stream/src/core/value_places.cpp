// stream: which position lies at which byte of a block of values.
#include "malformed.hpp"
#include "value_walk.hpp"

#include <sluice/stream/values.hpp>

#include <functional>

namespace sluice {

namespace {

/// One record of a block of values.
struct placed_record {
    const record& what;
    position begin;
    position end;
    std::uint64_t at;     ///< its first byte
    std::uint64_t prefix; ///< bytes before its value
    std::uint64_t suffix; ///< bytes behind it
    std::uint64_t size;   ///< with both
};

/// Shows the records in order until `look` has seen enough.
result<void> walk(
    object_format format,
    bytes_view records,
    std::uint32_t partition,
    const std::function<bool(const placed_record&)>& look
) {
    avro_wire::source from(records);
    record each;
    std::uint64_t bytes = 0;
    while (!from.at_end()) {
        const std::size_t at = from.offset();
        if (!take_record(from, each, header_list::dropped))
            return malformed("Avro record at byte " + std::to_string(at) + ": " + from.wrong());
        const std::uint64_t prefix = prefix_of(format, each), suffix = suffix_of(format, each);
        const std::uint64_t size = prefix + value_size(each) + suffix;
        const bool enough = look(placed_record{
            each,
            position_of(partition, each),
            position_after(partition, each),
            bytes,
            prefix,
            suffix,
            size});
        if (enough) break;
        bytes += size;
    }
    return {};
}

/// The byte at which a position inside or before the record lies.
std::uint64_t byte_of(const placed_record& in, const position& place) {
    if (place <= in.begin) return in.at;
    return in.at + in.prefix + static_cast<std::uint64_t>(place.offset - in.begin.offset);
}

} // namespace

result<position>
place_at_byte(object_format format, bytes_view records, position first, std::uint64_t limit) {
    position place = first;
    auto walked = walk(format, records, first.partition, [&](const placed_record& each) {
        std::uint64_t room = limit - each.at;
        if (room == 0) return true;
        if (room >= each.size) {
            place = each.end;
            return false;
        }
        if (each.suffix > 0 && room + each.suffix == each.size) --room; // not right before it
        if (room <= each.prefix) return true;
        place = each.begin;
        place.offset += static_cast<std::int64_t>(room - each.prefix);
        return true;
    });
    if (!walked) return walked.error();
    return place;
}

result<value_range>
values_between(object_format format, bytes_view records, position from, position to) {
    std::optional<std::uint64_t> begin, end;
    std::uint64_t bytes = 0;
    value_range range;
    auto walked = walk(format, records, from.partition, [&](const placed_record& each) {
        if (!begin && from < each.end) begin = byte_of(each, from);
        if (!end && to < each.end) end = byte_of(each, to);
        bytes = each.at + each.size;
        const bool counts = begins_event(each.what) && each.begin >= from && each.begin < to;
        if (counts) {
            ++range.events;
            const auto& time = each.what.timestamp;
            if (time) range.times = merge(range.times, time_range{*time, *time});
        }
        return end.has_value();
    });
    if (!walked) return walked.error();
    range.begin = begin.value_or(bytes);
    range.end = end.value_or(bytes);
    return range;
}

} // namespace sluice
