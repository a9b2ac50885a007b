// engine: the commits of a partition, one after the other, each forgotten when the next one comes.
#pragma once

#include "../core/commit_order.hpp"
#include "page_lines.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// Reads pages where there are some, as far as each of their commits checks and follows, and what
/// is left by number. Use from one strand; what it refers to must outlive it.
class commit_cursor {
  public:
    commit_cursor(
        s3::object_store& store,
        const export_folder& where,
        std::uint32_t partition,
        std::uint64_t from = 0
    )
        : store_(store),
          where_(where),
          partition_(partition),
          number_(from),
          order_(where.document) {}

    /// Checked against the one before (number, epoch, `next` continuing). nullopt: its number is
    /// not there; it may be asked for again, as after a failure. Errors: damaged_object naming the
    /// commit; what the store says.
    task<result<std::optional<commit>>> next(deadline by);
    /// Of the commit that comes next.
    std::uint64_t number() const { return number_; }

  private:
    task<result<void>> look_for_page(deadline by);
    task<result<std::optional<commit>>> next_of_page(deadline by);

    s3::object_store& store_;
    const export_folder& where_;
    std::uint32_t partition_;
    std::uint64_t number_;
    commit_order order_;
    page_lines page_;
    bool in_page_ = false;
    std::optional<std::uint64_t> asked_for_page_; ///< at this number
};

} // namespace sluice
