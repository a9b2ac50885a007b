// stream: how much of a disk the log takes.
#include "log_room.hpp"

#include <algorithm>
#include <limits>

namespace sluice::log {

namespace {

constexpr std::uint64_t much = std::uint64_t{64} << 20;

} // namespace

std::uint64_t disk_reserve(const disk_room& room) {
    constexpr std::uint64_t parts = 20;
    return std::min(much, room.size / parts);
}

std::uint64_t room_for_appends(const disk_room& room) {
    if (room.size == 0) return std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t reserve = disk_reserve(room);
    return room.left > reserve ? room.left - reserve : 0;
}

std::uint64_t room_unwatched(const disk_room& room, std::uint64_t bytes) {
    const std::uint64_t usable = room_for_appends(room);
    const std::uint64_t left = usable > bytes ? usable - bytes : 0;
    return std::min(much, left / 4);
}

bool is_nearly_full(std::uint64_t offset, std::uint64_t segment_bytes) {
    return offset >= segment_bytes - segment_bytes / 4;
}

bool has_room_for_segment(const disk_room& room, std::uint64_t segment_bytes) {
    return room_for_appends(room) / 2 >= segment_bytes;
}

} // namespace sluice::log
