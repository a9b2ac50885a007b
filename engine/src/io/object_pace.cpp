// engine: one object's clock and its end, asked for between blocks.
#include "object_pace.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

using steady = std::chrono::steady_clock;

/// So long a wish to pause may go unseen.
constexpr std::chrono::milliseconds glance{100};

failure interrupted() {
    failure why;
    why.code = engine_errc::paused;
    return why;
}

/// At most `patience` for events beyond the end known so far.
task<result<void>> await_stream(export_lane_context& lane, std::chrono::milliseconds patience) {
    const deadline by = deadline::in(std::min(patience, glance));
    auto reached = co_await lane.source.stream().wait_beyond(lane.source.end(), by);
    if (!reached) co_return reached.error();
    lane.source.end_moved_to(*reached);
    lane.seen.end = std::max(lane.seen.end, lane.source.end().sequence);
    co_return result<void>();
}

} // namespace

object_pace::object_pace(export_lane_context& lane, plan_row& plan, std::function<bool()> over)
    : lane_(lane),
      plan_(plan),
      over_(std::move(over)),
      age_(lane.target.object_age, plan.ran, steady::now()) {}

task<result<void>> object_pace::note_time() {
    plan_.ran = age_.ran(steady::now());
    auto note = [this] { return lane_.run.journal.update_plan(plan_); };
    auto noted = co_await journaled(lane_.run, note);
    co_return noted;
}

task<result<ahead>> object_pace::look_ahead(position from) {
    const position end = lane_.source.end();
    if (from >= end) co_return ahead::nothing;
    auto block = co_await lane_.source.stream().outline(from, end);
    if (!block) co_return block.error();
    if (block->next == block->first) co_return ahead::nothing;
    co_return block->on_grid ? ahead::whole_block : ahead::part_of_block;
}

task<result<object_decision>> object_pace::decide(const object_layout& so_far) {
    object_so_far object;
    object.next = so_far.next();
    object.has_blocks = so_far.has_blocks();
    object.bytes = so_far.bytes();
    object.events = so_far.events();
    object.sent_bytes = sent_bytes_;
    object.most_events = plan_.object_events;
    object.sealed_at = plan_.sealed_at;
    object.stream_end = lane_.source.end();
    object.end_is_final = lane_.source.end_is_final();
    object.due = age_.due(steady::now());
    object.sealing = lane_.run.control.sealing();
    if (!object.sealed_at && (!object.end_is_final || object.due || object.sealing)) {
        auto rest = co_await look_ahead(object.next);
        if (!rest) co_return rest.error();
        object.rest = *rest;
    }
    co_return decide_end(object);
}

task<result<object_room>> object_pace::room(const object_layout& so_far) {
    while (true) {
        if (over_()) co_return interrupted();
        if (age_.to_be_noted(steady::now())) {
            auto noted = co_await note_time();
            if (!noted) co_return noted.error();
        }
        auto decided = co_await decide(so_far);
        if (!decided) co_return decided.error();
        if (const auto* may = std::get_if<object_room>(&*decided)) co_return *may;
        auto waited = co_await await_stream(lane_, age_.left(steady::now()).value_or(glance));
        if (!waited) co_return waited.error();
    }
}

task<result<bool>> wait_for_events(export_lane_context& lane, position than) {
    while (lane.source.end() <= than) {
        if (lane.source.end_is_final()) co_return false;
        if (lane.run.control.ending()) co_return interrupted();
        auto waited = co_await await_stream(lane, glance);
        if (!waited) co_return waited.error();
    }
    co_return true;
}

} // namespace sluice
