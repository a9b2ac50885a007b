// engine: an import by listing that follows a prefix: what is listed again, and what must wait.
// Pure.
#pragma once

#include "listing_order.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// By modification the place reached is a second, and an object of a second that is not over may
/// still get siblings that belong before it. The time, as a listing writes it, up to which that
/// cannot be: `told` is the store's clock when it answered, `took` how long the answer was waited
/// for. Small objects become visible a moment after the time they bear: two more seconds are left
/// for that.
std::string settled_before(std::chrono::sys_seconds told, std::chrono::milliseconds took);

/// Takes out what was modified at `settled` or later.
void hold_back(std::vector<foreign_object>& objects, const std::string& settled);

/// By key a listing may begin behind the place reached. A look at what lies before it costs all
/// pages of the prefix: it is taken as often as it does not cost more than the other listings
/// together.
class listing_turns {
  public:
    void whole(std::uint64_t pages) {
        pages_ = pages;
        parts_ = 0;
    }
    void part() { ++parts_; }
    bool next_is_whole() const { return parts_ + 1 >= pages_; }

  private:
    std::uint64_t pages_ = 0; ///< of the last whole listing
    std::uint64_t parts_ = 0; ///< listings from the place reached on, since then
};

} // namespace sluice
