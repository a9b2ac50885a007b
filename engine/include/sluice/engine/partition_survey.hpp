// engine: what all commits of a partition add up to. Pure.
#pragma once

#include <sluice/engine/commit.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// Told of the commits of a partition one after the other, from number 0. It keeps the last of
/// them, about 1 MiB, so that those of a short export need not be read again. Else memory grows
/// with the number of objects that were replaced or have expired, about 100 bytes each, and hardly
/// with that of commits.
class partition_survey {
  public:
    explicit partition_survey(std::uint32_t partition = 0);

    void note(const commit& next);

    std::uint32_t partition() const { return partition_; }
    std::uint64_t commits() const { return commits_; }
    bool empty() const { return commits_ == 0; }
    /// Where the first claim begins.
    position first() const { return first_; }
    /// After the last commit.
    position end() const { return end_; }
    std::uint64_t fingerprint() const { return fingerprint_; }
    /// The newest one.
    const std::optional<commit>& claim() const { return claim_; }
    /// That claim has ended.
    bool released() const { return released_; }
    std::uint64_t gaps() const { return gaps_; }

    /// The commit that was the last to replace the object that begins there.
    std::optional<std::uint64_t> replacement(position first) const;
    std::uint64_t replacements() const { return replaced_.size(); }
    bool is_expired(const std::string& key) const { return expired_.count(key) > 0; }
    /// One of those that are kept; null: it is to be read.
    const commit* recent(std::uint64_t number) const;
    /// A number divisible by 1,000: what lies at or behind `from` is told by this commit or later
    /// ones, but for replacements.
    std::uint64_t number_before(position from) const;

  private:
    std::uint32_t partition_;
    std::uint64_t commits_ = 0;
    position first_, end_;
    std::uint64_t fingerprint_ = 0;
    std::optional<commit> claim_;
    bool released_ = false;
    std::uint64_t gaps_ = 0;
    std::map<position, std::uint64_t> replaced_; ///< first position of an object → commit
    std::set<std::string> expired_;
    std::vector<position> begins_; ///< where each thousand commits begin
    std::deque<commit> recent_;
    std::size_t recent_bytes_ = 0; ///< about
};

} // namespace sluice
