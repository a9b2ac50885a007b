// engine: what commits add up to: which positions no object holds, and sums of sums. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// What between the first claim's start and the last commit's end lies in none of `in_force`, as
/// text for people; recorded gaps and expired objects are told as such. `commits` are all of a
/// partition.
std::vector<std::string>
holes_in(const std::vector<commit>& commits, const std::vector<committed_object>& in_force);

/// The CRC64 of the whole object, combined from those of its pieces.
std::uint64_t crc_of_pieces(const committed_object& object);

} // namespace sluice
