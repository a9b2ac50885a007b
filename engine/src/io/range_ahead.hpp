// engine: ranges of objects, fetched ahead of who reads them in order.
#pragma once

#include "foreign_source.hpp"
#include "step_gate.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// Keeps as many requests running as the scheduler allows, across the ends of objects. What has
/// been fetched keeps its share of the memory until it is given back. Use from one strand;
/// `objects` must stay, and so must this until the group has been joined.
class range_ahead {
  public:
    range_ahead(
        transfer_run& run,
        foreign_source& from,
        step_gate& gate,
        lane_id scheduled,
        const std::vector<foreign_object>& objects
    );

    /// Begins; everything that is under way runs in the group, and ends when that is cancelled.
    void start(task_group& group);

    /// A range with its bytes, or why there are none.
    struct fetched {
        explicit fetched(any_io_executor on) : arrived(on) {}
        object_range what;
        step_gate::slot slot;
        buffer bytes;
        std::optional<failure> failed;
        event arrived;
    };
    using fetched_ptr = std::shared_ptr<fetched>;

    /// Whether the next range of the object is there.
    bool has_next(std::size_t object);
    /// The next range of the object, which must have one. Ranges of objects before it are dropped.
    /// Errors: what fetch_range says; paused when the gate was closed. Cancellation: terminal.
    task<result<fetched_ptr>> next(std::size_t object);
    /// It has been read: its memory serves another range.
    void give_back(fetched_ptr done);
    /// No more of this object is wanted.
    void pass_over(std::size_t object);

  private:
    task<void> fetch_all();
    task<void> bring(fetched_ptr range);
    task<result<fetched_ptr>> begin(object_range what);
    void drop_before(std::size_t object);

    transfer_run& run_;
    foreign_source& from_;
    step_gate& gate_;
    lane_id scheduled_;
    const std::vector<foreign_object>& objects_;
    object_ranges ranges_;
    task_group* group_ = nullptr;
    std::deque<fetched_ptr> under_way_; ///< in order
    bool more_ = true;                  ///< may come behind the last one
    std::optional<failure> no_more_;    ///< why fetching ended early
    pulse moved_;                       ///< one of these three has changed
    std::vector<buffer> spare_;
};

} // namespace sluice
