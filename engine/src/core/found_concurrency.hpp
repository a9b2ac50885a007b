// engine: requests at once that were found by trying, where nobody is now. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace sluice {

/// What a search had come to when the last transfer left an endpoint. The next one there begins
/// with half of it: finding it again by doublings takes a second or more, and what was right some
/// minutes ago may be too much now.
class found_concurrency {
  public:
    using time = std::chrono::nanoseconds; ///< since any beginning

    static constexpr std::chrono::minutes kept_for{5};
    static constexpr std::size_t most_endpoints = 64; ///< the one left longest ago goes first

    void left(const std::string& endpoint, unsigned limit, time now);
    /// To begin with; 0: nothing is known. It is forgotten by that.
    unsigned take(const std::string& endpoint, time now);

  private:
    struct found {
        unsigned limit = 0;
        time at{0};
    };
    std::map<std::string, found> found_;
};

} // namespace sluice
