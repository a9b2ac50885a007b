// engine: whether a commit may follow those before it. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Looks at the commits of a partition one after the other, from number 0 or from a claim.
class commit_order {
  public:
    explicit commit_order(const stream_document& of) : of_(of) {}

    /// Why `now` cannot stand where it stands; nullopt: it may, and the next one is looked at
    /// against it.
    std::optional<std::string> breaks(const commit& now);

  private:
    std::optional<std::string> breaks_epoch(const commit& now) const;
    std::optional<std::string> breaks_position(const commit& now) const;

    const stream_document& of_;
    std::optional<std::uint64_t> epoch_; ///< of the newest claim seen
    std::optional<position> next_;       ///< of the commit before
    bool released_ = false;
};

} // namespace sluice
