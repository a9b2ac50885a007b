// engine: where a lane goes on: what is committed, what was asked for, and what is still there.
// Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/position.hpp>

#include <optional>
#include <string>

namespace sluice {

struct start_facts {
    std::string where;                 ///< for people
    position oldest;                   ///< that the stream still has
    position newest;                   ///< behind its last event
    std::optional<position> committed; ///< where the bucket's commits end; nullopt: it has none
    std::string recorded;              ///< the start that the newest claim tells, as a word
    std::optional<position> accepted;  ///< where that claim says that the export goes on
    place asked;
    std::optional<position> found; ///< where `asked` lies; nullopt: nothing particular was asked
    bool accept_gaps = false;
};

/// An export goes on at `next`; events from there to `begin` are left out, as a gap commit says.
struct start_decision {
    position next;
    position begin;
    bool claim_anew = false; ///< the claim must record another start than the newest does
    std::string word;        ///< to be recorded
    std::string reason;      ///< of the gap; empty: none
};

/// Events that were to be exported and that the stream does not have any more: the reason of their
/// gap, and the refusal to leave it.
extern const char* const lost_events;
failure refuse_to_lose(const std::string& where, const position& from, const position& to);

/// An untouched partition begins where asked. A touched one goes on where its commits end; asked
/// for the start that is recorded already, it does so too (the same command continues). Another
/// start beyond that leaves events out and must be accepted aloud, as must what the stream has
/// lost; one before it cannot be had. Errors: engine_errc::start_refused.
result<start_decision> decide_start(const start_facts& facts);

} // namespace sluice
