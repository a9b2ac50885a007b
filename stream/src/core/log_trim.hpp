// stream: whether a segment may be removed.
#pragma once

#include <sluice/stream/log_retention.hpp>
#include <sluice/stream/position.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace sluice::log {

/// A sealed segment that has another one behind it.
struct segment_facts {
    position end;                     ///< where the next one begins
    std::uint64_t size = 0;           ///< bytes
    std::uint64_t bytes_behind = 0;   ///< of the partition, from `end` on
    std::chrono::microseconds age{0}; ///< since it was written last
};

/// What is to go: by the rules of a stream, or all before a position.
struct trim_rules {
    log_retention keep;
    std::optional<position> before;
};

/// Whether the rules want it gone, cursors aside.
bool is_surplus(const segment_facts& segment, const trim_rules& rules);

/// Whether a cursor holds it: one that stands in it or before it, or has no place yet (`nullopt`:
/// its reader will begin with the first event), and does not lag more than it may.
bool is_held(
    const segment_facts& segment, const std::optional<position>& cursor, const trim_rules& rules
);

} // namespace sluice::log
