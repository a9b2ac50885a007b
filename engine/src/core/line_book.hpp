// engine: what the connections of each destination carry, as far as nobody holds them up; and how
// long others had to wait for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace sluice {

/// Of all partitions: what a destination sends in one of them it cannot send in another. Pure: what
/// happened and the time in.
class line_book {
  public:
    using time = std::chrono::nanoseconds; ///< since whenever, of a steady clock

    /// A part more, or less, is under way towards that destination.
    void begun(std::uint64_t destination, time now);
    void ended(std::uint64_t destination);
    std::size_t streams(std::uint64_t destination) const; ///< under way now
    /// In one of them so many bytes have left, in a time in which it was not held up.
    void carried(std::uint64_t destination, std::uint64_t bytes, time busy, time now);
    /// Bytes in a nanosecond, of all connections that it lately had at once; 0: not known yet.
    double rate(std::uint64_t destination) const;

    /// Others have waited for it, to be counted by that share of the time; meanwhile it works off
    /// `share` of all time.
    void charge(std::uint64_t destination, double blame, time from, time to, double share);
    /// It has waited for others itself.
    void earn(std::uint64_t destination, time from, time to);
    time debt(std::uint64_t destination) const; ///< for which others have waited

  private:
    struct line {
        double bytes = 0, busy = 0; ///< of one connection, lately; ns
        time faded{0};              ///< older things weigh less
        std::size_t streams = 0;
        std::size_t most = 0, most_before = 0; ///< at once, in this while and the one before
        time since{0};
        time debt{0};
        time worked_off{0}; ///< up to here
        time earned{0};     ///< up to here
    };

    std::map<std::uint64_t, line> lines_;
};

} // namespace sluice
