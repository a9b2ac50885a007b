// s3sim: the Range header of a GET.
#pragma once

#include "core/refusal.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::sim {

struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t size = 0;
    bool operator==(const byte_range&) const = default;
};

/// What `text` ("bytes=0-9", "bytes=5-", "bytes=-3") means for an object of `size` bytes.
/// nullopt: not a range, to be ignored as HTTP demands. Refuses 416 InvalidRange when nothing of
/// the object is in it, and 501 when there are several ranges.
outcome<std::optional<byte_range>> read_range(std::string_view text, std::uint64_t size);

} // namespace sluice::sim
