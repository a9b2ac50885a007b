// engine: where a lane goes on: what is committed, what was asked for, and what is still there.
#include "start_rules.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

failure refuse_start(const start_facts& facts, const std::string& how) {
    failure why;
    why.code = engine_errc::start_refused;
    why.where = facts.where + ": " + how;
    return why;
}

failure not_accepted(const start_facts& facts, const start_decision& wanted) {
    return refuse_start(
        facts,
        "events " + to_string(wanted.next) + " up to " + to_string(wanted.begin) +
            " would be left out (" + wanted.reason +
            "); --accept-gaps records that as a gap and goes on"
    );
}

/// Nobody has said anything else: from the first event on.
const std::string& usual_start() {
    static const std::string word = "earliest";
    return word;
}

std::string asked_word(const start_facts& facts) {
    return "--start " + to_string(facts.asked);
}

} // namespace

result<start_decision> decide_start(const start_facts& facts) {
    start_decision decided;
    const std::string recorded = facts.recorded.empty() ? usual_start() : facts.recorded;
    const bool untouched = !facts.committed;
    const bool asks = facts.found && (untouched || to_string(facts.asked) != recorded);
    decided.next = untouched ? facts.found.value_or(facts.oldest) : *facts.committed;
    decided.begin = decided.next;
    decided.word = recorded;
    if (asks) {
        if (*facts.found > facts.newest)
            return refuse_start(
                facts,
                asked_word(facts) + " lies beyond the stream's end, " + to_string(facts.newest)
            );
        if (*facts.found < decided.next)
            return refuse_start(
                facts,
                asked_word(facts) + " lies before " + to_string(decided.next) +
                    ", up to where everything is exported: leave --start out to go on there, or "
                    "export to another prefix"
            );
        decided.begin = *facts.found;
        decided.word = to_string(facts.asked);
        decided.claim_anew = true;
    }
    bool accepted = facts.accept_gaps;
    if (decided.begin > decided.next) decided.reason = asked_word(facts) + " was asked for";
    if (!asks && facts.accepted && *facts.accepted > decided.next) {
        // A run before this one recorded it and did not come to write the gap.
        decided.begin = *facts.accepted;
        decided.reason = "--start " + recorded + " was asked for";
        accepted = true;
    }
    if (decided.begin < facts.oldest) {
        decided.begin = facts.oldest;
        decided.reason = "the stream does not have them any more";
        accepted = facts.accept_gaps;
    }
    if (decided.begin > decided.next && !accepted) return not_accepted(facts, decided);
    return decided;
}

} // namespace sluice
