// engine: how many requests at once a destination is worth, found by trying. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

/// More requests at once help until the server's, the network's or our own rate is used up; where
/// that is differs by a hundred times between a store in the next rack and one across an ocean. So
/// now and then a few more are tried for a while, and kept when the rate of bytes grew by a fair
/// share of what they could have brought. A try that brought nothing is taken back, and the next
/// one waits twice as long. Until then they are doubled (two become three, and three eight), after
/// a short look each time: whoever begins with many where few would do has their bytes pushed out
/// of the caches. Whoever begins with few goes on with eight when the first request was slower than
/// a memory nearby: it is latency, or a network, that they wait for. Nothing is tried while the
/// limit is not what holds requests back.
class concurrency_search {
  public:
    using time = std::chrono::nanoseconds; ///< since any beginning

    explicit concurrency_search(unsigned start = 16, unsigned most = 64)
        : limit_(start), kept_(start), most_(most), settling_(start) {}

    unsigned limit() const { return limit_; }
    /// A request that moved so many bytes has ended, and `took` so long; `running` were under way,
    /// this one included. True: the limit has changed.
    bool ended(std::uint64_t bytes, unsigned running, time took, time now);

  private:
    bool begins_with_more(std::uint64_t bytes, time took);
    void measure_anew(time now);
    void judge(double rate);
    void try_more();
    void take_back();

    unsigned limit_;
    unsigned kept_; ///< what a try goes back to
    unsigned most_;
    bool met_ = false; ///< a request has ended
    double rate_ = 0;  ///< of `kept_`, bytes a second
    bool trying_ = false;
    bool near_ = false; ///< a try has brought nothing: from then on by half, not twice as many
    unsigned rest_ = 0, next_rest_ = 4; ///< measurements before the next try

    time begun_{-1};    ///< of this measurement; before 0: not yet
    unsigned settling_; ///< requests that still belong to the limit before, or to the beginning
    unsigned requests_ = 0, held_back_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace sluice
