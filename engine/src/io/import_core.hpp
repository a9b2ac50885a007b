// engine: what an import has on one executor: a store, a door to the steps there, and lanes.
#pragma once

#include "import_lane.hpp"
#include "import_parts.hpp"

#include <sluice/base/task.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace sluice {

/// What a core is made of. `log` and `events_of_all` outlive it, and bear several threads.
struct import_core_parts {
    import_place place;
    opened_store store; ///< of that executor
    logger& log;
    transfer_rules rules; ///< what this one may use
    unsigned at_first;    ///< requests at once in the beginning, unless a number was asked for
    export_folder where;
    patience patient; ///< as it is after the folder was found
    std::atomic<std::uint64_t>& events_of_all;
};

/// As another thread may have it.
struct core_snapshot {
    target_progress seen; ///< lanes in the order in which they were added; no state
    unsigned lanes = 0;   ///< that run
    unsigned lanes_waiting = 0;
};

/// Made and destroyed on the transfer's strand, while nothing of it runs; everything else as it
/// says. The place must still run when it is destroyed.
class import_core {
  public:
    /// `whole` outlives it.
    import_core(const transfer_run& whole, import_core_parts parts);
    import_core(const import_core&) = delete;
    import_core& operator=(const import_core&) = delete;

    const any_io_executor& on() const { return run_.on; } ///< from any thread

    // On the strand.

    /// Before the first lane runs. Its number here.
    std::size_t add_lane(std::uint32_t partition);
    /// What a lane here works with, under a control of its own.
    transfer_run run_of_lane() const;
    import_source& source() { return source_; } ///< for an import_lane_context; used on `on()`
    step_gate& gate() { return gate_; }         ///< the same
    /// Runs the lane of that number on `on()`, to its end; sets `scheduled` of the context.
    /// Errors and cancellation: as of run_import_lane.
    task<result<void>> run_lane(std::size_t number, import_lane_context& lane);
    task<core_snapshot> look();

    // On `on()`.

    /// No new step, of all lanes or of one; the latter only until that lane is run anew.
    void close() { gate_.close(); }
    void close_lane(std::size_t number);

  private:
    struct lane_at_work;

    transfer_run run_;
    opened_store store_;
    step_gate gate_;
    import_source source_;
    std::optional<step_gate::stay> sharing_; ///< while a lane runs
    unsigned at_first_;
    destination_id scheduled_{};
    std::map<std::size_t, lane_id> lanes_; ///< that have run in this stay
};

} // namespace sluice
