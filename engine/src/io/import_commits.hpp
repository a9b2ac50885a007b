// engine: the commits of a partition as an import sees them: surveyed once, and again as more come.
#pragma once

#include "commit_log.hpp"
#include "import_lane.hpp"

#include <cstdint>

namespace sluice {

/// Of the lane's partition; use from its coroutine.
class import_commits {
  public:
    explicit import_commits(import_lane_context& lane)
        : lane_(lane),
          cursor_(lane.source.store, lane.source.where, lane.partition),
          survey_(lane.partition) {}

    /// Of all that was read.
    const partition_survey& survey() const { return survey_; }
    /// Where they end: behind the event that the last one may end in.
    position end() const;
    /// What stands now. Errors: as of survey_partition; gave_up, paused.
    task<result<void>> learn();
    /// Looks again and again until more stands. Nothing is held meanwhile. Errors: paused;
    /// other_incarnation where another stream's export has taken the folder; damaged_object;
    /// gave_up.
    task<result<void>> wait_for_more();

  private:
    task<result<void>> check_source();
    task<result<void>> look_again();

    import_lane_context& lane_;
    commit_cursor cursor_;
    partition_survey survey_;
    shown_commit shown_;
};

} // namespace sluice
