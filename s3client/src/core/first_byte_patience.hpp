// s3client: when a read that was not answered yet is worth asking again.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace sluice::s3 {

/// Learns how long answers to reads take to begin, and says when one is so late that another
/// connection is likely to be faster. Never before a second, never for more than one request in
/// fifty (in the long run), and never because all of them have become slow. Pure: it is told times.
class first_byte_patience {
  public:
    using duration = std::chrono::steady_clock::duration;

    /// How long to wait for the first byte; nullopt: as long as ever, for too little is known or
    /// too many were asked again lately.
    std::optional<std::chrono::milliseconds> limit() const;
    /// An answer began so long after its request.
    void answered(duration took);
    /// The limit has passed. True: the request is to be given up and asked again. False: enough
    /// others have been, wait on.
    bool ask_again();

  private:
    static constexpr std::size_t remembered = 64;

    std::array<duration, remembered> last_{};
    std::size_t count_ = 0;  ///< of answers, ever
    duration most_usual_{0}; ///< nine of ten of the last ones took no longer
    double allowed_ = 1;     ///< requests that may be asked again now
};

} // namespace sluice::s3
