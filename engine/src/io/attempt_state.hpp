// engine: one attempt at one object, while its coroutines run.
#pragma once

#include "export_lane.hpp"
#include "object_pace.hpp"
#include "object_planner.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/engine/object_key.hpp>

#include <map>
#include <optional>
#include <string>

namespace sluice {

/// The attempt's state while its coroutines run.
struct attempt {
    export_lane_context& lane;
    plan_row& plan;
    object_pace pace;
    object_planner planner;
    step_window::seat seat;                    ///< among the lanes that send the same object
    task_group* group = nullptr;               ///< of the parts under way
    std::map<unsigned, part_row> journaled;    ///< what earlier runs sent, by the journal
    std::map<unsigned, part_row> acknowledged; ///< by the journal and the server
    std::map<unsigned, s3::checksum> sums;     ///< of the parts, as sent
    std::optional<failure> failed;             ///< the first failure decides
    std::uint64_t sending = 0;                 ///< bytes of parts that have begun
    std::map<unsigned, std::int64_t> ends;     ///< sequences up to which parts that were begun go
    std::int64_t arrived = 0;                  ///< sequences of acknowledged parts, in any order
    bool doubtful = false;
    bool too_many_parts = false; ///< for this store: why it has failed

    attempt(export_lane_context& in, plan_row& of)
        : lane(in),
          plan(of),
          pace(in, of, [this] { return over(); }),
          planner(in.source, rules()),
          seat(take_seat()) {}
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;
    object_rules rules();
    stretch object_from(position first) const;
    step_window::seat seat_in_step(const stretch& object) const;
    step_window::seat take_seat();
    void announce_next();
    void step_out();
    void doubt();
    void fail(const failure& why);
    void arrive(unsigned part); ///< the store has this part
    bool over() const { return failed || doubtful || lane.run.control.stopping(); }
    std::string full_key() const { return join_key(lane.key.folder, plan.key); }
    s3::object_store& store() const { return *lane.target.store; }
    std::string& last_error() const { return lane.target.seen.last_error; }
};

/// Brings the journal's plan up to date.
task<result<void>> save_plan(attempt& at);

/// Whether the store's answer means that nothing more may be sent to this key.
bool needs_new_key(const failure& why);

} // namespace sluice
