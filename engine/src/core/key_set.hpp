// engine: a great many keys in little memory. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice {

/// Keeps 8 bytes of each key, its CRC64. So a key that is not in it may, with a probability of
/// 2^-64 for each that is, be taken for one: use it where that does no harm, as for strays.
class key_set {
  public:
    void add(std::string_view key);
    /// Sorts what was added: cheap where nothing was since.
    bool contains(std::string_view key) const;

  private:
    mutable std::vector<std::uint64_t> sums_;
    mutable bool sorted_ = true;
};

} // namespace sluice
