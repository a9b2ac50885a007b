// stream: which position lies at which byte of a block of values.
#include "malformed.hpp"
#include "value_walk.hpp"

#include <sluice/stream/values.hpp>

namespace sluice {

namespace {

void count(value_place& before, const record& each) {
    if (!begins_event(each)) return;
    ++before.events;
    if (each.timestamp)
        before.times = merge(before.times, time_range{*each.timestamp, *each.timestamp});
}

/// Inside a record, behind `into` bytes of its value.
void stop_inside(
    value_place& before, object_format format, const record& each, std::uint64_t into
) {
    const position begin = position_of(before.at.partition, each);
    before.at = begin;
    before.at.offset += static_cast<std::int64_t>(into);
    before.bytes += prefix_of(format, each) + into;
    count(before, each);
}

void pass(value_place& before, object_format format, const record& each) {
    before.at = position_after(before.at.partition, each);
    before.bytes += prefix_of(format, each) + value_size(each);
    count(before, each);
}

/// Walks the records until `stop` has found the place in one of them, which it then has put into
/// the place it is given. False when none of them holds it.
template <class Stop>
result<bool> walk(value_place& before, object_format format, bytes_view records, Stop stop) {
    avro_wire::source from(records);
    record each;
    while (!from.at_end()) {
        const std::size_t at = from.offset();
        if (!take_record(from, each, header_list::dropped))
            return malformed("Avro record at byte " + std::to_string(at) + ": " + from.wrong());
        if (stop(each)) return true;
        pass(before, format, each);
    }
    return false;
}

} // namespace

result<value_place>
place_at_byte(object_format format, bytes_view records, position first, std::uint64_t limit) {
    value_place before;
    before.at = first;
    auto found = walk(before, format, records, [&](const record& each) {
        const std::uint64_t room = limit - before.bytes, prefix = prefix_of(format, each);
        if (room >= prefix + value_size(each) && room > 0) return false;
        if (room > prefix) stop_inside(before, format, each, room - prefix);
        return true;
    });
    if (!found) return found.error();
    return before;
}

result<value_place>
place_at_position(object_format format, bytes_view records, position first, position at) {
    value_place before;
    before.at = first;
    auto found = walk(before, format, records, [&](const record& each) {
        const position begin = position_of(first.partition, each);
        if (begin >= at) return true;
        if (position_after(first.partition, each) <= at) return false;
        stop_inside(before, format, each, static_cast<std::uint64_t>(at.offset - begin.offset));
        return true;
    });
    if (!found) return found.error();
    if (before.at <= at) {
        before.at = at;
        return before;
    }
    return malformed("no record of the block lies at " + to_string(at));
}

} // namespace sluice
