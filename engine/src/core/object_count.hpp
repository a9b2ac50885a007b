// engine: how many objects and requests a run of blocks becomes. Pure.
#pragma once

#include "object_layout.hpp"

#include <sluice/engine/planned.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// Takes the blocks of one partition in order; cuts objects as an export does.
class object_count {
  public:
    object_count(std::uint64_t object_bytes, std::uint64_t part_size, const block_shape& header)
        : object_bytes_(object_bytes), part_size_(part_size), header_(header) {}

    void add(const block_shape& block);
    /// Counts the object that is open; nothing is added afterwards.
    void end();

    std::uint64_t objects = 0, parts = 0, events = 0, bytes = 0;
    planned_requests requests; ///< uploads and commits

  private:
    std::uint64_t object_bytes_;
    std::uint64_t part_size_;
    block_shape header_;
    std::optional<object_layout> open_;
};

} // namespace sluice
