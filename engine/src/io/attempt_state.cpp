// engine: one attempt at one object, while its coroutines run.
#include "attempt_state.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice {

object_rules attempt::rules() {
    object_rules rules;
    rules.room = [this](const object_layout& so_far) { return pace.room(so_far); };
    // Where events are waited for, what is complete does not wait with them.
    rules.look_ahead = lane.source.end_is_final();
    rules.first = plan.first;
    rules.target_bytes = plan.object_bytes;
    rules.part_size = plan.part_size;
    rules.sealed_at = plan.sealed_at;
    return rules;
}

stretch attempt::object_from(position first) const {
    return {first, plan.part_size, plan.object_bytes, plan.object_events};
}

step_window::seat attempt::seat_in_step(const stretch& object) const {
    const destination_id to = lane.gate.destination_of(lane.scheduled);
    return step_window::seat(*lane.steps, lane.scheduled, to, object);
}

step_window::seat attempt::take_seat() {
    const stretch object = object_from(plan.first);
    if (lane.ahead.suits(object)) return std::move(lane.ahead);
    lane.ahead = step_window::seat();
    if (!lane.steps || lane.run.control.stopping()) return step_window::seat();
    return seat_in_step(object);
}

/// The end is known, and so is where the next object begins: those that are there first keep what
/// they read.
void attempt::announce_next() {
    const position next = planner.layout().next();
    const bool last = lane.source.end_is_final() && next >= lane.source.end();
    if (!lane.steps || lane.ahead || !planner.end_is_known() || last || over()) return;
    lane.ahead = seat_in_step(object_from(next));
}

/// Nobody is to wait for the rest of an attempt that has come to nothing.
void attempt::step_out() {
    if (lane.steps) lane.steps->step_out(lane.scheduled);
}

void attempt::doubt() {
    doubtful = true;
    step_out();
}

void attempt::fail(const failure& why) {
    if (!failed) failed = why;
    step_out();
}

/// Parts end in any order: a late one says nothing of those before it.
void attempt::arrive(unsigned part) {
    const auto before = ends.find(part - 1);
    const std::int64_t first = before == ends.end() ? plan.first.sequence : before->second;
    arrived += ends[part] - first;
    lane.seen.reached = plan.first.sequence + arrived;
}

bool needs_new_key(const failure& why) {
    return why.code == s3::s3_errc::no_such_upload ||
           why.code == s3::s3_errc::conditional_conflict || why.code == s3::s3_errc::invalid_part;
}

task<result<void>> save_plan(attempt& at) {
    auto save = [&at] { return at.lane.run.journal.update_plan(at.plan); };
    auto saved = co_await journaled(at.lane.run, save);
    co_return saved;
}

} // namespace sluice
