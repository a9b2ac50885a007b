// engine: a thousand commits in one object, so that a tail is learnt in a few requests. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Commits `first` to `first` + 999, byte for byte, one behind the other; `first` is divisible by
/// 1,000.
inline constexpr std::uint64_t commits_per_page = 1000;
/// A page above this size is neither made nor read: the commits serve as well.
inline constexpr std::uint64_t largest_page = std::uint64_t{64} << 20;

/// Errors: engine_errc::damaged_object where the page is not exactly those commits.
result<std::vector<commit>>
decode_page(std::string_view bytes, std::uint32_t partition, std::uint64_t first);

} // namespace sluice
