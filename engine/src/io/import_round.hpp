// engine: what one lane of an import reads next, from the first piece to the last append.
#pragma once

#include "../core/import_window.hpp"
#include "../core/value_import.hpp"
#include "fetch_items.hpp"
#include "import_commits.hpp"
#include "import_lane.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/stream/event_sum.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

struct piece_under_way;

/// The lane's state while its coroutines run.
struct import_lane {
    import_lane_context& lane;
    import_commits commits;
    import_progress progress; ///< of the last append
    import_window window;     ///< what is still to come
    format_context context;
    std::unique_ptr<value_import> values;  ///< where pieces cannot be decoded each alone
    event_sum fragments;                   ///< of an event that may lie in several pieces
    std::optional<fetch_items> items;      ///< of the round
    std::optional<position> fetched_up_to; ///< in the round, once something was to be fetched
    task_group* group = nullptr;
    std::deque<std::shared_ptr<piece_under_way>>
        under_way;                  ///< in order; the front is appended next
    bool fetching = true;           ///< more may come behind the last one
    pulse moved;                    ///< either of the two has changed
    std::optional<failure> no_more; ///< why fetching ended early
    bool read_again = false; ///< an object of the round was replaced: newer commits name another
    std::string counted;     ///< key of the object that was counted last

    explicit import_lane(import_lane_context& in) : lane(in), commits(in), moved(in.run.on) {}
};

/// The target's tail. Positions of the stream have the numbers of the source, but for the
/// partition's: in a lane they all have the source's.
partition_tail tail_of(const import_lane& at);
/// Appends to the target what has the source's numbers. Errors: the writer's.
task<result<void>> append_steps(import_lane& at, std::vector<append_step>& steps);
/// `next`, or the end of the window where that comes before it.
position up_to_end(const import_lane& at, position next);

/// Brings what `items` name into the stream: fetched ahead, appended in order. A failure with
/// `read_again` set ends the round only. Errors and cancellation: as of run_import_lane.
task<result<void>> run_import_round(import_lane& at);

} // namespace sluice
