// stream: how long an append may wait for others, so that they share one sync.
#pragma once

#include <chrono>

namespace sluice {

inline constexpr std::chrono::microseconds longest_group_window = std::chrono::milliseconds(10);

} // namespace sluice
