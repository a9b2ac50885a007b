// engine: between two blocks: does the object go on, wait for events, or end here? Pure.
#pragma once

#include <sluice/stream/position.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

namespace sluice {

/// What lies between the object's end so far and the end of the stream.
enum class ahead {
    unknown = 1, ///< not looked at: the stream's end is final
    nothing,
    part_of_block, ///< less than a block
    whole_block,
};

struct object_so_far {
    position next; ///< behind its last block
    bool has_blocks = false;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;
    std::uint64_t sent_bytes = 0;      ///< acknowledged: the object holds these in any case
    std::uint64_t most_events = 0;     ///< 0: no limit
    std::optional<position> sealed_at; ///< decided earlier
    position stream_end;
    bool end_is_final = true; ///< no event beyond `stream_end` is to be exported
    ahead rest = ahead::unknown;
    bool due = false;     ///< --object-age has passed
    bool sealing = false; ///< what is complete is to be sealed now
};

/// Blocks may be taken up to `end`; where `cut` is set the last one may be cut there, and the
/// object ends there at the latest.
struct object_room {
    position end;
    bool cut = true;
};
struct wait_for_events {};
using object_decision = std::variant<object_room, wait_for_events>;

/// An object that is due or to be sealed takes the events of an unfinished block with it, and no
/// further whole block; what was acknowledged of it stays in it.
object_decision decide_end(const object_so_far& object);

/// Running time of an object against --object-age.
class object_age {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using span = std::chrono::milliseconds;

    /// `limit` 0: none. `before`: what earlier runs have counted.
    object_age(span limit, span before, time_point now)
        : limit_(limit), before_(before), began_(now), noted_(before) {}

    span ran(time_point now) const {
        return before_ + std::chrono::duration_cast<span>(now - began_);
    }
    bool due(time_point now) const { return limit_.count() > 0 && ran(now) >= limit_; }
    /// Time left until it is due; nullopt: never.
    std::optional<span> left(time_point now) const;
    /// True from time to time, when enough has passed to be worth a line in the journal.
    bool to_be_noted(time_point now);

  private:
    span limit_;
    span before_;
    time_point began_;
    span noted_;
};

} // namespace sluice
