// engine: which lanes go in step, and how long the foremost waits for the others.
#include "step_group.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

namespace {

/// Before all blocks of that part.
step_block least_of(unsigned part) {
    step_block least;
    least.part = part;
    least.first.sequence = least.next.sequence = std::numeric_limits<std::int64_t>::min();
    return least;
}

} // namespace

step_group::member
step_group::join(std::uint64_t destination, const std::optional<stretch>& object) {
    state fresh;
    fresh.object = object;
    fresh.destination = destination;
    members_.emplace(next_, std::move(fresh));
    return next_++;
}

void step_group::choose(member who, const stretch& object) {
    members_.at(who).object = object;
    const auto shares = [&](const auto& each) {
        return each.first != who && each.second.object == object;
    };
    // What was kept for it meanwhile belongs to others' objects.
    if (std::none_of(members_.begin(), members_.end(), shares)) forget(who);
}

void step_group::leave(member who) {
    forget(who);
    const state& me = members_.at(who);
    for (std::size_t n = 0; n < me.behind.size(); ++n)
        lines_.ended(me.destination);
    members_.erase(who);
}

void step_group::step_out(member who) {
    members_.at(who).in_step = false;
    forget(who);
}

void step_group::ends_with(member who, unsigned part) {
    members_.at(who).last = part;
    forget(who, part + 1, std::numeric_limits<unsigned>::max());
}

bool step_group::in_step(member who) const {
    const auto at = members_.find(who);
    return at != members_.end() && at->second.in_step;
}

/// Whoever does not know its object yet may want this one.
bool step_group::same_object(const state& a, const state& b) const {
    return !a.object || !b.object || *a.object == *b.object;
}

std::size_t step_group::together(member who) const {
    const auto me = members_.find(who);
    if (me == members_.end() || !me->second.in_step) return 1;
    const auto with_me = [&](const auto& each) {
        return each.second.in_step && same_object(each.second, me->second);
    };
    return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(), with_me));
}

bool step_group::will_use(const state& other, const step_block& block) const {
    if (!other.in_step) return false;
    if (other.begun < block.part) return block.part <= other.last;
    const auto under_way = other.behind.find(block.part);
    return under_way != other.behind.end() && under_way->second.at <= block.first;
}

bool step_group::should_wait_to_begin(member who, unsigned part) const {
    const auto me = members_.find(who);
    return me != members_.end() && me->second.begun < part && !others_awaited(who, part).empty();
}

void step_group::begin(member who, unsigned part, time now) {
    state& me = members_.at(who);
    me.begun = std::max(me.begun, part);
    me.awaited_since.reset();
    const auto [under_way, added] = me.behind.try_emplace(part);
    sending& fresh = under_way->second;
    fresh.at = position{0, std::numeric_limits<std::int64_t>::min(), 0};
    fresh.since = now;
    if (added) lines_.begun(me.destination, now);
}

void step_group::end(member who, unsigned part, time now) {
    state& me = members_.at(who);
    const auto ended = me.behind.find(part);
    if (ended != me.behind.end()) {
        note(me, ended->second, 0, now);
        lines_.ended(me.destination);
        me.behind.erase(ended);
    }
    forget(who, part, part);
}

bool step_group::is_begun_by_others(member who, unsigned part) const {
    const auto me = members_.find(who);
    if (me == members_.end() || !me->second.in_step) return false;
    return std::any_of(members_.begin(), members_.end(), [&](const auto& each) {
        const state& other = each.second;
        return each.first != who && other.in_step && other.begun >= part &&
               same_object(other, me->second);
    });
}

/// Those for whom this member waits: before the part, those far behind; in it, those for whom its
/// blocks are kept.
std::set<step_group::member> step_group::others_awaited(member who, unsigned part) const {
    std::set<member> others;
    const auto me = members_.find(who);
    if (me == members_.end() || !me->second.in_step) return others;
    if (me->second.begun < part) {
        for (const auto& [id, other] : members_) {
            const bool begins_more = other.in_step && other.begun < other.last;
            const bool far_behind = begins_more && other.begun + rules_.parts_ahead < part;
            if (id != who && far_behind && same_object(other, me->second)) others.insert(id);
        }
        return others;
    }
    for (auto at = kept_.lower_bound(least_of(part)); at != kept_.end() && at->first.part == part;
         ++at)
        for (const member id : at->second.awaited)
            if (id != who && same_object(members_.at(id), me->second)) others.insert(id);
    return others;
}

/// Whether blocks of a part that it has begun are kept for others.
bool step_group::awaits_others(member who, unsigned part) const {
    const state& me = members_.at(who);
    for (auto at = kept_.lower_bound(least_of(part)); at != kept_.end() && at->first.part == part;
         ++at)
        for (const member id : at->second.awaited)
            if (id != who && same_object(members_.at(id), me)) return true;
    return false;
}

bool step_group::should_wait_to_make(member who, const step_block& block) const {
    if (kept_bytes_ < rules_.window || !in_step(who)) return false;
    return awaits_others(who, block.part);
}

void step_group::waited(member who, unsigned part, time from, time to) {
    const std::set<member> awaited = others_awaited(who, part);
    constexpr std::size_t few = 4; // the last quarter of all, or the last one
    const bool stragglers = awaited.size() == 1 || awaited.size() * few <= together(who);
    const bool no_room = kept_bytes_ >= rules_.budget;
    const auto me = members_.find(who);
    if (me != members_.end() && me->second.behind.contains(part))
        me->second.behind.at(part).idle += to - from;
    to = std::min(to, from + rules_.longest_wait);
    if (me != members_.end()) lines_.earn(me->second.destination, from, to);
    const double blame =
        (stragglers ? 1 : rules_.shared_blame) / streams_beside(who, part, awaited);
    for (const member other : awaited) {
        charge(other, blame, from, to);
        std::optional<time>& since = members_.at(other).awaited_since;
        if (!since) since = from;
        if (no_room || to - *since > rules_.longest_standstill) step_out(other);
    }
}

/// Parts under way, of all partitions, to the destinations of those that send the same object as
/// `who` and are not awaited.
double
step_group::streams_beside(member who, unsigned part, const std::set<member>& awaited) const {
    const state& me = members_.at(who);
    std::size_t streams = me.begun < part ? 1 : 0;
    for (const auto& [id, each] : members_)
        if (each.in_step && same_object(each, me) && !awaited.contains(id))
            streams += lines_.streams(each.destination);
    return static_cast<double>(std::max<std::size_t>(streams, 1));
}

/// What the line has done with that part since it was last looked at.
void step_group::note(const state& me, sending& part, std::uint64_t on_the_way, time now) {
    const std::uint64_t carried =
        std::max(part.carried, part.handed - std::min(part.handed, on_the_way));
    lines_.carried(me.destination, carried - part.carried, now - part.since - part.idle, now);
    part.carried = carried;
    part.since = now;
    part.idle = time(0);
}

/// Compared with the middle one of those in step, which neither a slow one nor a fast one moves.
bool step_group::is_as_fast_as_others(member who) const {
    const state& me = members_.at(who);
    std::vector<double> others;
    for (const auto& [id, each] : members_)
        if (id != who && each.in_step && same_object(each, me))
            others.push_back(lines_.rate(each.destination));
    if (others.empty()) return true;
    const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
    std::ranges::nth_element(others, middle);
    return lines_.rate(me.destination) >= rules_.equal * *middle;
}

step_group::time step_group::patience_with(member who) const {
    if (is_as_fast_as_others(who)) return rules_.patience_with_equals;
    return rules_.patience + block_time_;
}

void step_group::charge(member who, double blame, time from, time to) {
    const std::uint64_t destination = members_.at(who).destination;
    lines_.charge(destination, blame, from, to, rules_.share);
    if (lines_.debt(destination) > patience_with(who)) step_out(who);
}

void step_group::forget(member who) {
    forget(who, 0, std::numeric_limits<unsigned>::max());
}

/// Nothing is kept for it any more in these parts.
void step_group::forget(member who, unsigned from_part, unsigned to_part) {
    auto at = kept_.lower_bound(least_of(from_part));
    while (at != kept_.end() && at->first.part <= to_part)
        release(at++, who);
}

void step_group::release(blocks::iterator at, member who) {
    if (at->second.awaited.erase(who) == 0 || !at->second.awaited.empty()) return;
    kept_bytes_ -= at->second.bytes;
    unwanted_.push_back(at->first);
    kept_.erase(at);
}

bool step_group::keep(member by, const step_block& block, std::uint64_t bytes, time now) {
    const auto me = members_.find(by);
    if (me == members_.end() || !me->second.in_step) return false;
    kept_block fresh;
    fresh.bytes = bytes;
    for (const auto& [id, other] : members_)
        if (id != by && same_object(other, me->second) && will_use(other, block))
            fresh.awaited.insert(id);
    if (fresh.awaited.empty()) return false;
    fresh.at_first = fresh.awaited.size();
    fresh.since = now;
    const bool added = kept_.emplace(block, std::move(fresh)).second;
    if (added) kept_bytes_ += bytes;
    return added;
}

void step_group::passed(member who, const step_block& block, std::uint64_t bytes, time now) {
    const auto me = members_.find(who);
    if (me == members_.end()) return;
    me->second.awaited_since.reset();
    const auto under_way = me->second.behind.find(block.part);
    if (under_way != me->second.behind.end()) {
        under_way->second.handed += bytes;
        under_way->second.at = block.next;
    }
    const auto at = kept_.find(block);
    if (at == kept_.end()) return;
    const std::size_t through = at->second.at_first - (at->second.awaited.size() - 1);
    if (4 * through >= at->second.at_first && at->second.since.count() > 0) {
        constexpr int inertia = 8;
        block_time_ += (now - at->second.since - block_time_) / inertia;
        at->second.since = time(0); // counted
    }
    release(at, who);
}

void step_group::look(member who, unsigned part, std::uint64_t on_the_way, time now) {
    const auto me = members_.find(who);
    if (me == members_.end()) return;
    const auto under_way = me->second.behind.find(part);
    if (under_way != me->second.behind.end()) note(me->second, under_way->second, on_the_way, now);
}

std::vector<step_block> step_group::take_unwanted() {
    return std::exchange(unwanted_, {});
}

} // namespace sluice
