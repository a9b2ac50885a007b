// base: loops that may run long without waiting let others have a turn.
#pragma once

#include <chrono>

namespace sluice {

/// `if (breath_.due()) co_await boost::asio::post(use_awaitable);` in a loop whose steps seldom
/// suspend.
class breath {
  public:
    /// Whether a turn has lasted long enough; the next one begins now.
    bool due() {
        const auto now = clock::now();
        if (now - since_ < turn) return false;
        since_ = now;
        return true;
    }

  private:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds turn{200};

    clock::time_point since_ = clock::now();
};

} // namespace sluice
