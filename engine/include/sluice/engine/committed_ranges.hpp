// engine: what is in force of a partition, range by range.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/committed_range.hpp>
#include <sluice/engine/partition_survey.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

class commit_cursor;

/// The ranges of a partition in order: objects in force, and recorded gaps. Commits that the survey
/// has not kept are read again, page by page: memory does not grow with their number. What `survey`
/// has not seen does not exist here. Use from one strand; what it refers to must outlive it.
class committed_ranges {
  public:
    /// From the first range on that may hold something at or behind `from` (earlier ones may come,
    /// too).
    committed_ranges(
        s3::object_store& store,
        const export_folder& where,
        const partition_survey& survey,
        position from
    );
    committed_ranges(
        s3::object_store& store, const export_folder& where, const partition_survey& survey
    );
    ~committed_ranges();
    committed_ranges(committed_ranges&&) noexcept;
    committed_ranges& operator=(committed_ranges&&) = delete;

    /// nullopt at the end. After a failure it may be asked again. Errors: damaged_object naming the
    /// commit; what the store says.
    task<result<std::optional<committed_range>>> next(deadline by);

  private:
    task<result<bool>> next_commit(deadline by);
    task<result<void>> look_up(committed_range& range, deadline by);

    s3::object_store& store_;
    const export_folder& where_;
    const partition_survey& survey_;
    std::unique_ptr<commit_cursor> commits_; ///< none: no commit has had to be read
    std::uint64_t number_;                   ///< of the commit that comes next
    std::vector<committed_range> ranges_;    ///< of the commit read last
    std::size_t given_ = 0;
};

} // namespace sluice
