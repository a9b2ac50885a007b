// engine: the partitions of a stream, shared out among cores.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// One of `of` shares; all have as many partitions, to within one.
struct partition_share {
    std::uint32_t number = 0; ///< from 0 on
    std::uint32_t of = 1;

    bool has(std::uint32_t partition) const { return partition % of == number; }
    /// How many of so many partitions it has.
    std::size_t count(std::size_t partitions) const {
        return partitions / of + (number < partitions % of ? 1 : 0);
    }
};

} // namespace sluice
