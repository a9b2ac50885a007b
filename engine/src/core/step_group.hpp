// engine: which lanes go in step, and how long the foremost waits for the others. Pure: what
// happened and the time in, decisions out.
#pragma once

#include "line_book.hpp"

#include <sluice/stream/position.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace sluice {

struct step_rules {
    /// Bytes of blocks that wait for others before the foremost lane waits, too.
    std::uint64_t window = std::uint64_t{1} << 20;
    /// Bytes of blocks that may wait at all: whoever causes more leaves the group.
    std::uint64_t budget = std::uint64_t{64} << 20;
    /// So long a lane may keep the lines of others empty at once, and the time that a block takes
    /// to reach a quarter of the lanes.
    std::chrono::nanoseconds patience = std::chrono::milliseconds(60);
    /// The same for one whose line is about as fast as the others': that share of the middle one's
    /// rate, or more. Where it ends a part later, all wait once for what it is behind in a part.
    std::chrono::nanoseconds patience_with_equals = std::chrono::milliseconds(2000);
    double equal = 0.75;
    /// Nobody waits longer for one that passes nothing on meanwhile, whatever it is owed: two may
    /// wait for each other, in two partitions.
    std::chrono::nanoseconds longest_standstill = std::chrono::seconds(3);
    /// And for that share of their time, taken over all the parts that they have under way: rates
    /// that differ by a tenth up and down need 18 %.
    double share = 0.25;
    /// What a block is thought to take before one has been seen.
    std::chrono::nanoseconds first_block = std::chrono::milliseconds(100);
    /// No more of one wait counts: beyond it this process did not run.
    std::chrono::nanoseconds longest_wait = std::chrono::milliseconds(40);
    /// Of time in which many are awaited, each is to blame for so much only: who shares a line gets
    /// a block through later now and then.
    double shared_blame = 0.5;
    /// Parts that a lane may begin before all others have begun one.
    unsigned parts_ahead = 2;
};

/// Lanes whose objects have the same beginning and the same rules cut them into the same parts.
struct stretch {
    position first;
    std::uint64_t part_size = 0, object_bytes = 0, object_events = 0;

    friend auto operator<=>(const stretch&, const stretch&) = default;
};

/// A block as one part of the object holds it.
struct step_block {
    unsigned part = 0;
    position first, next;

    friend auto operator<=>(const step_block&, const step_block&) = default;
};

/// The lanes of one partition in one format. A lane is a member for each of its objects; it goes in
/// step with those that send the same object, from wherever they are: each block is made by the
/// first that needs it, and kept for those that are still to come. Who keeps the others waiting too
/// long leaves: nothing is kept for it in this object, and it may share again in the next one. Who
/// is to end leaves at once, while it still sends what it has begun.
class step_group {
  public:
    using member = std::uint32_t;
    using time = std::chrono::nanoseconds; ///< since whenever, of a steady clock

    /// `lines` are those of all groups of an export, and must outlive it.
    step_group(const step_rules& rules, line_book& lines)
        : rules_(rules), lines_(lines), block_time_(rules.first_block) {}

    /// A lane that will send this object to that destination, or has just begun to. Without a
    /// stretch: it does not know its object yet, and may turn out to want any.
    member join(std::uint64_t destination, const std::optional<stretch>& object);
    /// What a member that did not know its object will send, or has just begun to.
    void choose(member who, const stretch& object);
    const std::optional<stretch>& object_of(member who) const { return members_.at(who).object; }
    void leave(member who);
    /// It is to end before its object does (it pauses, or has failed): nobody waits for it any
    /// more, it waits for nobody, and nothing is kept for it.
    void step_out(member who);
    /// Its object turns out to end with that part, whatever the others' do.
    void ends_with(member who, unsigned part);
    bool in_step(member who) const;
    /// Members that go in step with this one, itself among them; 1 when it is alone.
    std::size_t together(member who) const;

    /// Whether the member has to wait before it begins that part, because others are far behind.
    bool should_wait_to_begin(member who, unsigned part) const;
    /// Parts begin in order. A part that needs no sending begins and ends at once.
    void begin(member who, unsigned part, time now);
    void end(member who, unsigned part, time now);
    /// Whether another one that goes in step with it has begun that part: its blocks are there, or
    /// are awaited.
    bool is_begun_by_others(member who, unsigned part) const;

    /// Whether the member has to wait before it makes that block, because others have not used the
    /// one before.
    bool should_wait_to_make(member who, const step_block& block) const;
    /// It has waited from then to then before a part (that it has not begun yet), or for a block in
    /// it, and nothing of that part was on its way any more: while something is, nothing is lost.
    /// Those it waited for are charged: who has used up its patience leaves, so that nobody
    /// waits for ever who tells now and then. It has earned the same itself: lanes that share a
    /// line wait in turn, and a slow one never does.
    void waited(member who, unsigned part, time from, time to);

    /// A block was made. True: others are expected, it is to be kept until `take_unwanted` names
    /// it.
    bool keep(member by, const step_block& block, std::uint64_t bytes, time now);
    /// The member needs that block of its part no more: so many bytes were handed to its line.
    void passed(member who, const step_block& block, std::uint64_t bytes, time now);
    /// Of what was handed to the line in that part, so much is on its way still.
    void look(member who, unsigned part, std::uint64_t on_the_way, time now);
    /// Blocks that nobody is expected to use any more, each told once.
    std::vector<step_block> take_unwanted();
    std::uint64_t kept_bytes() const { return kept_bytes_; }

  private:
    /// A part under way: where it has come; what its line was given, and has carried; when that
    /// was last looked at, and how long it has stood still for others since.
    struct sending {
        position at;
        std::uint64_t handed = 0, carried = 0;
        time since{0}, idle{0};
    };
    struct state {
        std::optional<stretch> object;
        bool in_step = true;
        unsigned begun = 0;                                   ///< the last part begun
        unsigned last = std::numeric_limits<unsigned>::max(); ///< no more will be begun after it
        std::map<unsigned, sending> behind;                   ///< parts under way
        std::uint64_t destination = 0;
        std::optional<time> awaited_since; ///< nothing was passed or begun since then
    };
    struct kept_block {
        std::set<member> awaited;
        std::uint64_t bytes = 0;
        std::size_t at_first = 0; ///< awaited
        time since{0};
    };
    using blocks = std::map<step_block, kept_block>;

    bool same_object(const state& a, const state& b) const;
    bool will_use(const state& other, const step_block& block) const;
    std::set<member> others_awaited(member who, unsigned part) const;
    bool awaits_others(member who, unsigned part) const;
    double streams_beside(member who, unsigned part, const std::set<member>& awaited) const;
    void charge(member who, double blame, time from, time to);
    void note(const state& me, sending& part, std::uint64_t on_the_way, time now);
    bool is_as_fast_as_others(member who) const;
    time patience_with(member who) const;
    void forget(member who, unsigned from_part, unsigned to_part);
    void forget(member who);
    void release(blocks::iterator at, member who);

    step_rules rules_;
    line_book& lines_;
    std::map<member, state> members_;
    blocks kept_;
    std::vector<step_block> unwanted_;
    std::uint64_t kept_bytes_ = 0;
    member next_ = 1;
    time block_time_; ///< smoothed
};

} // namespace sluice
