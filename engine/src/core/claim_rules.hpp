// engine: whose partition is it? What the commits of a partition say, and what may be done about
// it. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/partition_survey.hpp>
#include <sluice/engine/state_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace sluice {

/// Where a partition's commits end, and who holds it.
struct tail {
    std::uint64_t next_number = 0; ///< of the commit to be written next
    std::optional<commit> claim;   ///< the newest one
    bool released = false;         ///< a release follows that claim
    position next;                 ///< after the last commit
    std::uint64_t fingerprint = 0;

    /// Told of commits in order, from number 0 or from a claim on.
    void note(const commit& following);
};

tail tail_of(const partition_survey& seen);

/// Who we are, where the claim is concerned.
struct claimant {
    std::string transfer;
    std::string incarnation;
    std::string format;
    std::string codec;
    bool take_over = false;
};

struct go_on {};    ///< the newest claim is ours and in force
struct claim_it {}; ///< write the next commit as our claim
using claim_decision = std::variant<go_on, claim_it, failure>;

/// `ours` is what the journal remembers of the lane. Refusals: other_incarnation, format_differs,
/// claimed_by_other, and diverged where the journal knows commits that the bucket does not have.
claim_decision decide_claim(
    const tail& bucket,
    const std::optional<lane_row>& ours,
    const claimant& who,
    const std::string& where
);

} // namespace sluice
