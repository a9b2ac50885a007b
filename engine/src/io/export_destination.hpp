// engine: one destination of a running export: its lanes, each as it is wanted.
#pragma once

#include "../core/partition_share.hpp"
#include "export_target.hpp"
#include "lane_seat.hpp"
#include "shared_source.hpp"
#include "transfer_run.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/state_store.hpp>
#include <sluice/stream/reader.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What the destinations of one export share; everything outlives them.
struct export_grounds {
    transfer_run& run;
    reader& stream;
    step_gate& gate;
    /// The blocks and lanes of a partition in the encoding of a destination.
    std::function<shared_source&(object_encoding, std::uint32_t)> source_of;
    /// As reader::open_cursor.
    std::function<task<result<std::unique_ptr<cursor>>>(std::string)> open_cursor;
    bool ends_only = false;  ///< nothing is exported: only wishes to end are followed
    partition_share share{}; ///< of the partitions: what is done with the rest others know
    unsigned failures = 0;   ///< so far: the first one is told
};

/// Runs what is wanted and not yet done, and follows wishes as they come, lane by lane; other
/// destinations do not notice. A lane that is paused, or at its end, holds no coroutine,
/// connection, permit or block. Use on the transfer's strand.
class export_destination {
  public:
    /// `row`: what the journal wants of it.
    export_destination(
        export_grounds& on, std::unique_ptr<export_target> target, const destination_row& row
    );
    ~export_destination();
    export_destination(const export_destination&) = delete;
    export_destination& operator=(const export_destination&) = delete;

    export_target& target() { return *target_; }
    const destination_row& row() const { return row_; }
    std::int64_t id() const { return row_.id; }

    /// The partitions, as the work found them. Once.
    void take_bounds(const std::vector<stream_bounds>& bounds);
    /// What is wanted from now on. `start_due` follows.
    void obey(const destination_row& wanted);
    /// Starts what is due in `group`, whose end the destination sees.
    void start_due(task_group& group);
    /// Of the whole transfer: what `what` asks for, of all lanes that have not ended so already.
    /// Errors and cancellation: as of transfer_work::farewell.
    task<result<void>> farewell(wish what);

    bool is_busy() const { return busy_ > 0; }
    /// It is no longer a part of the transfer.
    bool is_removed() const;
    /// Of what is wanted of its lanes, the least that ended so: nullopt when all have completed.
    std::optional<failure> outcome() const;
    unsigned failed_as() const { return failed_as_; } ///< its number among the failures
    /// States and numbers, up to date; states are those of interface.md.
    const target_progress& look(double seconds);
    /// The row with what is observed.
    destination_row observed();

  private:
    struct seat;

    wish wanted_of(const seat& lane) const;
    bool is_due(const seat& lane) const;
    std::string state_of(const seat& lane) const;
    std::string state() const;
    void ask(seat& lane, wish before);
    void all_lanes_ended();
    void note_failure(seat& lane, wish under);
    task<void> keep(seat& lane, seat_at_work& working);
    task<void> serve(seat& lane, wish wanted);
    task<void> export_lane(seat& lane);
    task<result<void>> prepare(seat& lane);
    void note_unready(const failure& why);
    task<result<void>> greet(transfer_run& run);
    task<cursor*> find_cursor();
    task<std::unique_ptr<cursor>> open_cursor();
    task<void> let_go(const seat& lane);
    std::chrono::milliseconds worked() const;
    task<void> say_farewell(seat& lane, wish what);
    task<result<void>> take_leave(seat& lane, transfer_run& run, wish what);
    lane_key key_of(std::uint32_t partition) const;

    export_grounds& on_;
    std::unique_ptr<export_target> target_;
    destination_row row_;
    wish own_ = wish::run;
    std::vector<std::unique_ptr<seat>> seats_; ///< by partition
    std::unique_ptr<cursor> consumed_;
    bool seeking_cursor_ = false;
    bool cursor_sought_ = false; ///< in this run, whether one was found or not
    bool ready_ = false;         ///< asked, and its document settled, in this run
    bool preparing_ = false;
    std::optional<failure> unready_; ///< why it cannot be made ready
    pulse prepared_;
    unsigned busy_ = 0;
    std::chrono::steady_clock::time_point busy_since_{}; ///< while it is
    std::chrono::milliseconds worked_{0};                ///< before that
    unsigned failed_as_ = 0;
    bool values_told_ = false;
};

} // namespace sluice
