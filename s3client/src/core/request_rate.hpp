// s3client: how many requests a second a server takes, learned from its SlowDowns. Pure.
#pragma once

#include "token_bucket.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace sluice::s3 {

/// A server that refuses with SlowDown (503, 429) tells its limit all the same: it is what it
/// answered well in the last second. From then on requests are sent a little below that; the rate
/// grows until the next SlowDown, slowly once the limit is known to be near, and is forgotten when
/// a minute has passed without one. One SlowDown is no limit: two within a second are. Before them
/// nothing is held back, unless a limit was given.
class request_rate {
  public:
    using time = token_bucket::time;

    /// `most`: requests a second that are never exceeded; none: as many as the server takes.
    explicit request_rate(std::optional<double> most = std::nullopt) : most_(most) {}

    /// How long the next request (each try is one) is to wait; 0: not at all. The answer changes
    /// with every answer of the server.
    time wait(time now);
    /// A request begins.
    void sent(time now);
    /// An answer has come. `slow_down`: the server refused to be asked that often.
    void answered(bool slow_down, time now);
    /// Requests a second; none: nothing is held back.
    std::optional<double> limit() const;
    /// The part of it that the server taught.
    std::optional<double> learned() const { return learned_; }
    /// From now on; none takes a given limit away.
    void set_most(std::optional<double> most, time now);

  private:
    static constexpr std::size_t slots = 4; ///< of a second
    struct quarter_count {
        std::uint32_t good = 0, refused = 0;
    };

    void advance(time now);
    double goodput(time now) const;
    void apply(time now);

    std::optional<double> most_;
    std::optional<double> learned_;
    std::optional<token_bucket> bucket_;
    std::array<quarter_count, slots> last_second_{};
    std::int64_t slot_ = 0; ///< the quarter now
    std::optional<time> began_;
    time refused_at_{0};   ///< the last SlowDown that counted
    bool settled_ = false; ///< the limit has been met from below: it is near
};

} // namespace sluice::s3
