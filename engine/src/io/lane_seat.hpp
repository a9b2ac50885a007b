// engine: a lane's place in a transfer, whether the lane runs or not.
#pragma once

#include "cuttable.hpp"
#include "step_gate.hpp"
#include "transfer_run.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace sluice {

/// Use on the transfer's strand.
struct lane_seat {
    explicit lane_seat(any_io_executor on) : work(std::move(on)) {}

    cuttable work;
    std::optional<transfer_run> run; ///< while it is at work
    std::optional<lane_id> scheduled;
    wish own = wish::run; ///< of the lane alone
    bool busy = false;    ///< from the moment at which it is told to start
    bool done = false;    ///< everything has been moved

    /// Under a control of its own, and let in by the gate.
    void take(const transfer_run& whole, step_gate& gate, destination_id to) {
        run.emplace(part_of(whole));
        if (!scheduled) scheduled = gate.add_lane(to);
        gate.open(*scheduled);
    }
    /// No new step begins; what is under way is cut after `drain`. Only while it is at work.
    void stop(step_gate& gate, std::chrono::milliseconds drain) {
        run->control.stop();
        if (scheduled) gate.close(*scheduled);
        work.cut_in(drain);
    }
};

/// A lane at work, counted in `busy` until `end` or destruction; the last of those counted calls
/// `all_ended`.
class seat_at_work {
  public:
    seat_at_work(lane_seat& lane, unsigned& busy, std::function<void()> all_ended)
        : lane_(lane), busy_(busy), all_ended_(std::move(all_ended)) {
        lane_.busy = true;
        ++busy_;
    }
    ~seat_at_work() { end(); }
    seat_at_work(const seat_at_work&) = delete;
    seat_at_work& operator=(const seat_at_work&) = delete;

    void end() {
        if (std::exchange(ended_, true)) return;
        lane_.busy = false;
        lane_.run.reset();
        if (--busy_ == 0) all_ended_();
    }

    /// Ends it with the scope: whoever spawned the work may keep it for longer.
    struct until_here {
        explicit until_here(seat_at_work& what) : work(what) {}
        ~until_here() { work.end(); }
        until_here(const until_here&) = delete;
        until_here& operator=(const until_here&) = delete;
        seat_at_work& work;
    };

  private:
    lane_seat& lane_;
    unsigned& busy_;
    std::function<void()> all_ended_;
    bool ended_ = false;
};

} // namespace sluice
