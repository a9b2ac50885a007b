// engine: which partitions of an export an import takes, and where to.
#pragma once

#include <sluice/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct partition_pair {
    std::uint32_t source = 0; ///< of the export
    std::uint32_t target = 0; ///< of the stream that is filled

    friend bool operator==(const partition_pair&, const partition_pair&) = default;
};

/// `0-3,7`: these, numbered anew from 0 in the order in which they are named; or `2=0,5=1`: each
/// source with its target. Empty text names none. Errors: errc::invalid_argument, telling what is
/// understood; a partition that is named twice, two with one target, a target that has none.
result<std::vector<partition_pair>> parse_partitions(std::string_view text);

/// As parse_partitions reads it: the shorter of the two spellings.
std::string to_string(const std::vector<partition_pair>& pairs);

} // namespace sluice
