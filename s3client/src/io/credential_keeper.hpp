// s3client: the credentials of a client: fetched once for all who wait, renewed in time.
#pragma once

#include "../core/credential_refresh.hpp"

#include <sluice/base/log.hpp>
#include <sluice/base/permits.hpp>
#include <sluice/s3/credentials_provider.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::s3 {

/// Use on one strand. Must outlive who waits.
class credential_keeper {
  public:
    using wall_clock = std::function<std::chrono::system_clock::time_point()>;

    /// `wants_region`: the provider is asked for it, too, once. `log` may be null.
    credential_keeper(
        any_io_executor on,
        std::shared_ptr<credentials_provider> from,
        bool wants_region,
        logger* log,
        wall_clock now = &std::chrono::system_clock::now
    );

    /// Whether `ensure` would return at once.
    bool is_good() const { return refresh_.next(now_()) == credential_refresh::need::none; }
    /// Returns at once while there are good ones. Otherwise one of those who wait fetches, and all
    /// get what comes of it. A renewal that fails is no failure while the old ones are good.
    /// Errors: those of the provider; timed_out. Cancellation: terminal (throws); who cancels the
    /// one that fetches makes the next one do it.
    task<result<void>> ensure(deadline by);
    /// The store says that the credentials of this number have expired.
    void rejected(std::uint64_t number) { refresh_.rejected(number); }

    std::uint64_t number() const { return refresh_.number(); }
    const credentials& who() const { return refresh_.who(); }
    const std::string& region() const { return region_; } ///< empty: not known

  private:
    task<result<void>> renew(deadline by);
    void tell(log_level level, const std::string& what) const;

    std::shared_ptr<credentials_provider> from_;
    bool wants_region_;
    logger* log_;
    wall_clock now_;
    permits turn_;
    credential_refresh refresh_;
    std::uint64_t fetches_ = 0;   ///< that have ended
    std::optional<failure> last_; ///< of the last of them
    bool hurried_ = false;        ///< it had the time of who asked, which others need not share
    std::string region_;
};

} // namespace sluice::s3
