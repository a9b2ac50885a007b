// engine: what an import left out, in words that fit a line.
#include "left_out.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice {

namespace {

constexpr std::size_t most_named = 5;

} // namespace

std::string first_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t n = 0; n < std::min(names.size(), most_named); ++n)
        text += (n == 0 ? ": " : ", ") + names[n];
    if (names.size() > most_named)
        text += " and " + std::to_string(names.size() - most_named) + " more";
    return text;
}

} // namespace sluice
