// engine: what is to be fetched of a partition, one range of bytes after the other.
#pragma once

#include "../core/fetch_plan.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/committed_ranges.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace sluice {

/// Commits are read as items are asked for: memory is that of one commit. Use from one strand; what
/// it refers to must outlive it.
class fetch_items {
  public:
    fetch_items(
        s3::object_store& store,
        const export_folder& where,
        const partition_survey& survey,
        fetch_window within
    )
        : ranges_(store, where, survey, within.from), within_(within) {}

    /// nullopt at the end. Pieces that may be joined come as one item of up to `together` bytes.
    /// After a failure it may be asked again. Errors: those of committed_ranges.
    task<result<std::optional<fetch_item>>> next(deadline by, std::uint64_t together = 0);

  private:
    committed_ranges ranges_;
    fetch_window within_;
    std::vector<fetch_item> items_; ///< of the range read last
    std::size_t given_ = 0;
    bool ended_ = false;
};

/// Where reading begins that is to give the values behind `from`: pieces of `delimited` may begin
/// inside an event, whose length stands where it begins. Errors: those of committed_ranges.
task<result<position>> find_value_entry(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    position from,
    deadline by
);

} // namespace sluice
