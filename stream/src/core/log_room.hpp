// stream: how much of a disk the log takes: what it leaves free, and what it takes before it needs.
#pragma once

#include <cstdint>

namespace sluice::log {

/// What a disk has left for this process, and how large it is.
struct disk_room {
    std::uint64_t left = 0;
    std::uint64_t size = 0; ///< 0: the file system does not tell; then it counts as empty
};

/// Appends leave so many bytes free: cursors, the journal of transfers, and retention itself need
/// some to go on when the disk is full. 64 MiB, of a small disk a twentieth.
std::uint64_t disk_reserve(const disk_room& room);

/// What appends may take now.
std::uint64_t room_for_appends(const disk_room& room);

/// How much more may be appended without another look at the disk, when `bytes` of it are taken
/// now. Others take from it, too: a quarter of what is left, at most 64 MiB.
std::uint64_t room_unwatched(const disk_room& room, std::uint64_t bytes);

/// Whether it is time to make the file of the next segment: this one is three quarters full.
bool is_nearly_full(std::uint64_t offset, std::uint64_t segment_bytes);

/// Whether a segment can be reserved as a whole, and as much again stays for the one in use.
bool has_room_for_segment(const disk_room& room, std::uint64_t segment_bytes);

} // namespace sluice::log
