// engine: sizes in the words of options.
#include "size_words.hpp"

#include <array>
#include <cstddef>

namespace sluice {

std::string size_word(std::uint64_t bytes) {
    constexpr std::array units = {"", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    for (; bytes > 0 && bytes % 1024 == 0 && unit + 1 < units.size(); ++unit)
        bytes /= 1024;
    return std::to_string(bytes) + units[unit];
}

} // namespace sluice
