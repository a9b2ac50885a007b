// engine: what commits add up to: which positions no object holds, and sums of sums. Pure.
#pragma once

#include <sluice/engine/committed_range.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// Told of all ranges of a partition in order.
class commit_cover {
  public:
    /// `begin` is where the first claim begins.
    explicit commit_cover(position begin) : reached_(begin) {}

    void note(const committed_range& next);
    /// Asked once: what up to the last commit's end lies in no object, as text for people; recorded
    /// gaps and expired objects are told as such.
    std::vector<std::string> holes(position end);

  private:
    void reach(position next);

    position reached_;
    std::string why_; ///< nothing is there, from what was reached on, where commits say so
    std::vector<std::string> holes_;
};

/// The CRC64 of the whole object, combined from those of its pieces.
std::uint64_t crc_of_pieces(const committed_object& object);

} // namespace sluice
