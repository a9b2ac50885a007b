// engine: where a lane goes on: what is committed, what was asked for, and what is still there.
#include "start_rules.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

failure refuse_at(const std::string& where, const std::string& how) {
    failure why;
    why.code = engine_errc::start_refused;
    why.where = where + ": " + how;
    return why;
}

failure refuse_start(const start_facts& facts, const std::string& how) {
    return refuse_at(facts.where, how);
}

failure refuse_gap(
    const std::string& where, const position& from, const position& to, const std::string& reason
) {
    return refuse_at(
        where,
        "events " + to_string(from) + " up to " + to_string(to) + " would be left out (" + reason +
            "); --accept-gaps records that as a gap and goes on"
    );
}

failure not_accepted(const start_facts& facts, const start_decision& wanted) {
    return refuse_gap(facts.where, wanted.next, wanted.begin, wanted.reason);
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

const char* const lost_events = "the stream does not have them any more";

failure refuse_to_lose(const std::string& where, const position& from, const position& to) {
    return refuse_gap(where, from, to, lost_events);
}

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
        decided.reason = lost_events;
        accepted = facts.accept_gaps;
    }
    if (decided.begin > decided.next && !accepted) return not_accepted(facts, decided);
    return decided;
}

} // namespace sluice
