// engine: one object's clock and its end, asked for between blocks.
#pragma once

#include "../core/object_end.hpp"
#include "../core/object_layout.hpp"
#include "export_lane.hpp"

#include <functional>

namespace sluice {

/// Waits for events where the stream has no whole block yet, and decides when the object ends. The
/// journal's plan learns now and then how long the object has been under way.
class object_pace {
  public:
    /// `over`: the attempt has ended for another reason; waiting then ends, too.
    object_pace(export_lane_context& lane, plan_row& plan, std::function<bool()> over);

    /// What earlier runs have sent stays in the object.
    void sent(std::uint64_t object_bytes) { sent_bytes_ = object_bytes; }
    /// Errors: engine_errc::paused; what the reader or the journal says.
    task<result<object_room>> room(const object_layout& so_far);
    /// The running time so far, into the plan and the journal.
    task<result<void>> note_time();

  private:
    task<result<ahead>> look_ahead(position from);
    task<result<object_decision>> decide(const object_layout& so_far);

    export_lane_context& lane_;
    plan_row& plan_;
    std::function<bool()> over_;
    object_age age_;
    std::uint64_t sent_bytes_ = 0;
};

/// Waits until the stream has events beyond `than`. False: there will be none, the end is final.
/// Errors: engine_errc::paused; what the reader says.
task<result<bool>> wait_for_events(export_lane_context& lane, position than);

} // namespace sluice
