// engine: where an object ends and what its commit will say of it.
#include "object_layout.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice {

std::uint64_t piece_target(std::uint64_t object_target) {
    // 200, not 256: objects overshoot their target by up to one block, and pieces end at block
    // ends.
    const std::uint64_t even_share = (object_target + 199) / 200;
    return std::clamp(even_share, smallest_piece_bytes, largest_piece_bytes);
}

std::uint64_t automatic_part_size(std::uint64_t object_target) {
    constexpr std::uint64_t usual = std::uint64_t{16} << 20;
    constexpr std::uint64_t parts = 9'000; // of 10,000: room for the overshoot
    constexpr std::uint64_t most = std::uint64_t{5} << 30;
    const std::uint64_t needed = (object_target + parts - 1) / parts;
    return std::clamp(needed, usual, most);
}

object_layout::object_layout(position first, std::uint64_t target_bytes, const block_shape& header)
    : first_(first),
      next_(first),
      target_bytes_(target_bytes),
      piece_target_(piece_target(target_bytes)),
      bytes_(header.bytes),
      crc_(header.crc64nvme),
      open_piece_bytes_(header.bytes) {
    piece start;
    start.first = first;
    start.crc64nvme = header.crc64nvme;
    pieces_.push_back(start);
}

bool object_layout::opens_piece(const block_shape& block) const {
    if (!has_blocks() || block.bytes == 0) return false;
    const std::uint64_t bytes = open_piece_bytes_ + block.bytes;
    const std::uint64_t expanded = open_piece_expanded_ + block.expanded;
    return open_piece_bytes_ >= piece_target_ || bytes > largest_piece_bytes ||
           expanded > expanded_piece_bytes + most_piece_expansion * bytes;
}

bool object_layout::accepts(const block_shape& block) const {
    return !opens_piece(block) || pieces_.size() < most_pieces;
}

void object_layout::add(const block_shape& block) {
    if (opens_piece(block)) {
        piece fresh;
        fresh.first = block.outline.first;
        fresh.at = bytes_;
        pieces_.push_back(fresh);
        open_piece_bytes_ = open_piece_expanded_ = 0;
    }
    piece& open = pieces_.back();
    open.crc64nvme = crc64nvme_combine(open.crc64nvme, block.crc64nvme, block.bytes);
    open.times = merge(open.times, block.outline.times);
    open_piece_bytes_ += block.bytes;
    open_piece_expanded_ += block.expanded;
    crc_ = crc64nvme_combine(crc_, block.crc64nvme, block.bytes);
    bytes_ += block.bytes;
    events_ += block.outline.events;
    times_ = merge(times_, block.outline.times);
    next_ = block.outline.next;
}

} // namespace sluice
