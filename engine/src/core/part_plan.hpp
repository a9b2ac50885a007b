// engine: what one part of an object consists of. Plain values, made by the object planner.
#pragma once

#include "object_layout.hpp"

#include <sluice/engine/state_store.hpp>

#include <cstdint>
#include <vector>

namespace sluice {

/// Bytes `[begin, end)` of the object's header or of one block.
struct slice {
    bool header = false;
    shared_shape block; ///< never null in a part
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct planned_part {
    unsigned number = 1;
    std::vector<slice> slices;
    std::uint64_t size = 0;
    std::uint64_t crc64nvme = 0;
    part_row after; ///< where the object stands behind it; the journal's row but for the ETag
    bool last = false;
};

/// Whether an acknowledged part of the journal is the part that planning gave again, byte for byte.
bool same_part(const planned_part& planned, const part_row& journaled);

} // namespace sluice
