// engine: a great many keys in little memory.
#include "key_set.hpp"

#include <sluice/base/hash.hpp>

#include <algorithm>

namespace sluice {

void key_set::add(std::string_view key) {
    sums_.push_back(crc64nvme(as_bytes(key)));
    sorted_ = false;
}

bool key_set::contains(std::string_view key) const {
    if (!sorted_) std::sort(sums_.begin(), sums_.end());
    sorted_ = true;
    return std::binary_search(sums_.begin(), sums_.end(), crc64nvme(as_bytes(key)));
}

} // namespace sluice
