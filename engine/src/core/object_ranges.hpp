// engine: which ranges of which objects are fetched next, ahead of who reads them. Pure.
#pragma once

#include "listing_order.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice {

/// One range GET.
struct object_range {
    std::size_t object = 0; ///< its number in the list
    std::uint64_t first = 0;
    std::uint64_t size = 0;
};

/// As asked for, or 16; fewer where a limit lets less than 16 MiB come within four seconds.
unsigned concurrent_ranges(const transfer_rules& rules);

/// So that as many ranges as may be fetched at once fit the memory: 1 to 8 MiB. Under a limit not
/// more than comes within four seconds, but at least 256 KiB.
std::uint64_t range_bytes_of(const transfer_rules& rules);

/// How many requests it takes to read an object.
std::uint64_t ranges_of(std::uint64_t object_bytes, std::uint64_t range_bytes);

/// Each object from its first byte to its last, one behind the other in the order of the list. An
/// object without bytes has no range.
class object_ranges {
  public:
    /// The list must stay.
    object_ranges(const std::vector<foreign_object>& objects, std::uint64_t range_bytes)
        : objects_(objects), range_bytes_(range_bytes) {}

    /// nullopt: that was all.
    std::optional<object_range> next();
    /// What was not given yet of this object is not wanted.
    void pass_over(std::size_t object);

  private:
    const std::vector<foreign_object>& objects_;
    std::uint64_t range_bytes_;
    std::size_t object_ = 0;
    std::uint64_t at_ = 0;
};

} // namespace sluice
