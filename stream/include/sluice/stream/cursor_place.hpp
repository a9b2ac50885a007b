// stream: what a cursor may say of a partition beside a place in it.
#pragma once

#include <cstdint>
#include <limits>

namespace sluice {

/// The sequence of a cursor's place in a partition of which its reader needs nothing, as things
/// stand: retention does not wait for it there. (No place at all: it needs everything.)
inline constexpr std::int64_t needs_nothing = std::numeric_limits<std::int64_t>::max();

} // namespace sluice
