// engine: which objects, and which of their pieces, a reading from some place on needs. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice {

/// The position of the first piece that can hold an event not earlier than `since` (µs), at or
/// behind `from`; nullopt: there is none. `objects` are those in force, in order.
std::optional<position>
first_piece_since(const std::vector<committed_object>& objects, position from, std::int64_t since);

/// Those that hold something at or behind `from`.
std::vector<committed_object> objects_behind(std::vector<committed_object> objects, position from);

} // namespace sluice
