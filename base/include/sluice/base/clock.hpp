// base: the time of day. Libraries get it from their host; how long things take, the machine's
// steady clock tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace sluice {

/// Asked on the strand of whoever was given it. Empty: the machine's own.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

inline std::chrono::system_clock::time_point now_by(const wall_clock& clock) {
    return clock ? clock() : std::chrono::system_clock::now();
}

/// µs since 1970 UTC.
inline std::int64_t micros_by(const wall_clock& clock) {
    using std::chrono::microseconds;
    return std::chrono::duration_cast<microseconds>(now_by(clock).time_since_epoch()).count();
}

} // namespace sluice
