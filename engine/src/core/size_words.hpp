// engine: sizes in the words of options. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// Exactly, as a person would write it behind an option: "1MiB", "300KiB", "1000".
std::string size_word(std::uint64_t bytes);

} // namespace sluice
