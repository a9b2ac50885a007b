// engine: what an import left out, in words that fit a line. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// ": one, two" of the first five, and how many more there are; empty for none.
std::string first_of(const std::vector<std::string>& names);
/// The same where only the first of `count` have names.
std::string first_of(const std::vector<std::string>& names, std::uint64_t count);

/// "events 0/5 up to 0/9" of each range that is kept.
std::vector<std::string> names_of(const left_out_ranges& what);

/// What runs before this one left out; empty for nothing.
std::string left_out_earlier(const std::vector<std::string>& names, std::uint64_t count);

} // namespace sluice
