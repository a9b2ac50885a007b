// engine: what one part of an object consists of.
#include "part_plan.hpp"

namespace sluice {

bool same_part(const planned_part& planned, const part_row& journaled) {
    const part_row& again = planned.after;
    return again.number == journaled.number && again.size == journaled.size &&
           again.crc64nvme == journaled.crc64nvme && again.block == journaled.block &&
           again.offset_in_block == journaled.offset_in_block &&
           again.block_prefix_crc64 == journaled.block_prefix_crc64 &&
           again.object_crc64 == journaled.object_crc64 &&
           again.object_bytes == journaled.object_bytes;
}

} // namespace sluice
