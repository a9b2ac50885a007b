// engine: which pieces of an object a reading from some time on needs. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// The position of the first piece of the object that can hold an event not earlier than `since`
/// (µs), at or behind `from`; nullopt: it has none.
std::optional<position>
first_piece_since(const committed_object& object, position from, std::int64_t since);

} // namespace sluice
