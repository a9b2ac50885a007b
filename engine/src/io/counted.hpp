// engine: something under way, counted as long as it is, however it ends.
#pragma once

#include <cstdint>

namespace sluice {

class counted {
  public:
    explicit counted(std::uint64_t& in) : in_(in) { ++in_; }
    ~counted() { --in_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

  private:
    std::uint64_t& in_;
};

} // namespace sluice
