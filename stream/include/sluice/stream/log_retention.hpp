// stream: what a log stream keeps. See docs/formats.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice {

/// Whole segments go, the oldest first, never the last one, and none that a cursor still needs. A
/// member that is not set asks for nothing.
struct log_retention {
    std::optional<std::uint64_t> bytes;           ///< at least the last so many of a partition stay
    std::optional<std::chrono::microseconds> age; ///< what was written longer ago may go
    /// A cursor holds back at most so many bytes; what is older goes, and its reader has a gap.
    /// Not set: whatever it needs.
    std::optional<std::uint64_t> max_lag;

    /// Whether anything may ever go.
    bool removes() const { return bytes || age; }
};

} // namespace sluice
