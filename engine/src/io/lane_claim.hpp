// engine: becoming the only writer of a partition in a prefix.
#pragma once

#include "export_lane.hpp"

#include <sluice/engine/commit.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// A lane that holds its claim.
struct lane_standing {
    lane_row row;
    bool claimed_now = false; ///< this run wrote the claim: there may be strays of older epochs
    std::optional<position> skip_to; ///< beyond row.next: what lies between is to become a gap
    std::string skip_reason;
};

/// Learns the tail, checks it against the stream, and goes on under our claim or writes a new one;
/// nothing is uploaded before that has succeeded. Errors: those of decide_claim; diverged where the
/// stream is not the one exported; guarantee_not_given where the store's conditional PUT fails its
/// probe.
task<result<lane_standing>> take_claim(export_lane_context& lane);

/// The stream must still hold, unchanged, the last event that the bucket has: that is all of the
/// history that can be compared cheaply. Errors: diverged; what the reader says.
task<result<void>> check_history(reader& stream, const tail& bucket, std::string where);

/// Puts a commit document at its number. True: it stands there, byte for byte. False: another one
/// does, which the caller must read. Errors: gave_up, paused, and permanent failures.
task<result<bool>>
put_commit(export_lane_context& lane, std::uint64_t number, const std::string& bytes);

} // namespace sluice
