// s3client: how fast requests and bytes may go to a server.
#pragma once

#include <sluice/base/clock.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/rate_table.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::s3 {

/// Nothing set: nothing is limited but by what the server refuses.
struct traffic_limits {
    std::optional<double> bytes_per_second;    ///< of bodies, both directions together; above 0
    std::optional<double> requests_per_second; ///< tries of requests; above 0
    /// Rates that change by the time of day: one that is not empty counts instead of the rate
    /// above.
    rate_table bytes_by_time, requests_by_time;
    wall_clock clock; ///< what these go by

    /// That part of every rate: where several clients serve one transfer.
    traffic_limits times(double part) const;
};

/// What goes to one server, whichever clients send it: clients that share a `traffic` share its
/// limits, and what it learned from the server's SlowDowns: a server that refuses is asked a little
/// less often than it answers (request_rate.hpp tells how). Who has to wait waits in line. Use on
/// one strand.
class traffic {
  public:
    traffic(any_io_executor on, const traffic_limits& limits);
    ~traffic();
    traffic(const traffic&) = delete;
    traffic& operator=(const traffic&) = delete;

    /// From now on; who waits is served at the new rate.
    void set_limits(const traffic_limits& limits);
    const traffic_limits& limits() const; ///< as given
    /// Requests a second that the server was found to take; none while it refuses nothing.
    std::optional<double> learned_rate() const;

    /// Whether a request may be sent now, and then counts as sent: costs no coroutine. Else
    /// `enter`.
    bool enter_at_once();
    /// Waits until a request may be sent. Cancellation: terminal (throws); its turn is the next
    /// one's.
    task<void> enter();
    /// The server has answered a request.
    void answered(bool slow_down);
    /// Whether bytes are counted at all.
    bool limits_bytes() const;
    /// How many bytes to move at most before `moved` is awaited, so that they flow evenly.
    std::size_t window(std::size_t most) const;
    /// Bytes were moved, or are about to be: waits until those before them are paid for.
    task<void> moved(std::size_t bytes);

  private:
    struct line;
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sluice::s3
