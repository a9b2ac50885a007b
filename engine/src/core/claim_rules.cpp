// engine: whose partition is it?
#include "claim_rules.hpp"

#include <sluice/engine/error.hpp>

namespace sluice {

namespace {

claim_decision refuse(engine_errc code, std::string text) {
    failure why;
    why.code = code;
    why.where = std::move(text);
    return why;
}

} // namespace

void tail::note(const commit& following) {
    next_number = following.number + 1;
    next = following.next;
    fingerprint = following.fingerprint;
    released = following.kind == commit_kind::release;
    if (following.kind == commit_kind::claim) claim = following;
}

tail tail_of(const partition_survey& seen) {
    tail at;
    if (seen.empty()) return at;
    at.next_number = seen.commits();
    at.claim = seen.claim();
    at.released = seen.released();
    at.next = seen.end();
    at.fingerprint = seen.fingerprint();
    return at;
}

claim_decision decide_claim(
    const tail& bucket,
    const std::optional<lane_row>& ours,
    const claimant& who,
    const std::string& where
) {
    if (ours && ours->next_commit > bucket.next_number) {
        return refuse(
            engine_errc::diverged,
            where + ": the state file knows commit " + std::to_string(ours->next_commit - 1) +
                ", the bucket has none beyond " + std::to_string(bucket.next_number) +
                " commits: its newest ones were deleted, or it was restored from an older copy; "
                "put them back if a copy has them, else `sluice repair` makes the export go on "
                "from what is there, as long as the stream has the events"
        );
    }
    if (!bucket.claim) return claim_it{};
    const claim_details& theirs = bucket.claim->claim;
    if (theirs.incarnation != who.incarnation) {
        return refuse(
            engine_errc::other_incarnation,
            where + ": holds the export of another stream of this name (incarnation " +
                theirs.incarnation + ", ours is " + who.incarnation + "); export to another prefix"
        );
    }
    if (theirs.format != who.format || theirs.codec != who.codec) {
        return refuse(
            engine_errc::format_differs,
            where + ": holds " + theirs.format + " with codec " + theirs.codec + ", asked for is " +
                who.format + " with codec " + who.codec +
                "; one folder has one of each: use another prefix"
        );
    }
    const bool token_is_ours =
        ours && !ours->claim_token.empty() && ours->claim_token == bucket.claim->token;
    if (token_is_ours && !bucket.released) return go_on{};
    const bool may_claim = bucket.released || theirs.transfer == who.transfer || who.take_over;
    if (may_claim) return claim_it{};
    return refuse(
        engine_errc::claimed_by_other,
        where + ": claimed by transfer " + theirs.transfer + " (" + theirs.owner +
            "), which has not released it; give --take-over if it is gone for good"
    );
}

} // namespace sluice
