// engine: what an import left out, in words that fit a line. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// ": one, two" of the first five, and how many more there are; empty for none.
std::string first_of(const std::vector<std::string>& names);
/// The same where only the first of `count` have names.
std::string first_of(const std::vector<std::string>& names, std::uint64_t count);

/// "events 0/5 up to 0/9" of each range that is kept.
std::vector<std::string> names_of(const left_out_ranges& what);

/// The first part of the events `[first, next)` that is there, from one whole event to another.
/// nullopt: none is, or none is known to be: of what lies behind the hundredth range only the count
/// is kept.
std::optional<std::pair<position, position>>
first_kept(const left_out_ranges& what, position first, position next);

/// What runs before this one left out; empty for nothing.
std::string left_out_earlier(const std::vector<std::string>& names, std::uint64_t count);

} // namespace sluice
