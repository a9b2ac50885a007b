// s3client: is a body still moving? A byte now and then is not enough.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::s3 {

/// Counts the bytes of a body against the time spent waiting for the wire; what the caller's own
/// source or sink takes is not the peer's fault. Pure: it is told of bytes and of time.
class pace {
  public:
    /// `least` bytes a second, on average over each `window` of waiting.
    pace(std::chrono::milliseconds window, std::uint64_t least)
        : window_(window), least_(least * static_cast<std::uint64_t>(window.count()) / 1000) {}

    void moved(std::uint64_t bytes) { bytes_ += bytes; }
    /// A wait of this length is over. True: too little has passed in the window that ends now.
    bool too_slow(std::chrono::steady_clock::duration waited) {
        waited_ += waited;
        if (waited_ < window_) return false;
        const bool slow = bytes_ < least_;
        bytes_ = 0;
        waited_ = {};
        return slow;
    }

  private:
    std::chrono::steady_clock::duration window_;
    std::uint64_t least_;
    std::uint64_t bytes_ = 0;
    std::chrono::steady_clock::duration waited_{};
};

} // namespace sluice::s3
