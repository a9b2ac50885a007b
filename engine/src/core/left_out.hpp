// engine: what an import left out, in words that fit a line. Pure.
#pragma once

#include <string>
#include <vector>

namespace sluice {

/// ": one, two" of the first five, and how many more there are; empty for none.
std::string first_of(const std::vector<std::string>& names);

} // namespace sluice
