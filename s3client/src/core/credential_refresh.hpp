// s3client: when credentials are to be fetched again. Time is an argument.
#pragma once

#include <sluice/s3/credentials.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::s3 {

/// How long before their end credentials are renewed. Those that live shorter than three (six)
/// times as long have a third (a sixth) of their life instead.
struct refresh_rules {
    std::chrono::seconds advisory{300}; ///< somebody renews them, all others go on with them
    std::chrono::seconds mandatory{60}; ///< all wait for the renewal; if it fails they go on
    /// After a renewal that failed, or brought none that live longer, none is begun for so long
    /// while the old ones are good.
    std::chrono::seconds pause{5};
};

class credential_refresh {
  public:
    using time = std::chrono::system_clock::time_point;

    enum class need {
        none = 1, ///< use what is there
        early,    ///< use it, and renew if nobody does
        now,      ///< renew, or wait for who does; use what is there when that fails
        before,   ///< there is nothing to use before it is renewed
    };

    explicit credential_refresh(const refresh_rules& rules = refresh_rules()) : rules_(rules) {}

    need next(time at) const;
    /// A fetch has ended well, or not.
    void fetched(const credentials& who, time at);
    void failed(time at);
    /// The store says that these have expired. Those of before are no news.
    void rejected(std::uint64_t number);

    /// Counts different credentials; 0: none yet.
    std::uint64_t number() const { return number_; }
    const credentials& who() const { return who_; }
    /// How long they live; nullopt: for ever.
    std::optional<std::chrono::seconds> left(time at) const;

  private:
    refresh_rules rules_;
    credentials who_;
    std::uint64_t number_ = 0;
    bool rejected_ = false;
    time not_before_{};                       ///< of the next renewal, while these are good
    time::duration advisory_{}, mandatory_{}; ///< of these
};

} // namespace sluice::s3
