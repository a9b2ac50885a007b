// engine: the commits of a partition, one by one, and their pages.
#pragma once

#include "../core/commit_order.hpp"
#include "../core/commit_page.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// What the listing showed when the number behind the last commit read was not there.
struct shown_commit {
    std::string key; ///< empty: nothing yet
    std::uint64_t asked_at = 0;
};
/// The listing as an alarm: may commit `number`, which was not found, stand all the same? True: it,
/// or a later one, is listed, so it is worth reading again. False: the history ends there. Errors:
/// damaged_object when it was listed before and is still not found; what the store says.
task<result<bool>> listing_shows_more(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    shown_commit& before,
    deadline by
);

/// Appends what stands behind `commits`, which begin with number 0 and which `order` has seen.
/// Nothing new is no error. Errors: damaged_object naming the commit; what the store says.
task<result<void>> fetch_newer(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    commit_order& order,
    std::vector<commit>& commits,
    deadline by
);

/// Commits read from their own objects, never from a page.
struct commit_log {
    std::vector<commit> commits;          ///< from number 0
    std::vector<std::uint64_t> thousands; ///< CRC64 of the bytes of each full thousand
};
/// Errors: as of fetch_history.
task<result<commit_log>> fetch_commit_log(
    s3::object_store& store, const export_folder& where, std::uint32_t partition, deadline by
);

enum class page_standing { good = 1, missing, damaged };
/// What stands where the page of a full thousand belongs, `crc` being that of its commits. Errors:
/// what the store says.
task<result<page_standing>> look_at_page(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t first,
    std::uint64_t crc,
    deadline by
);

/// Reads the commits by number, several at once, and makes the page of them; `overwrite` puts it
/// over a damaged one. A page that would be too large is not made. Errors: damaged_object where a
/// commit is missing; what the store says.
task<result<void>> make_page(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t first,
    bool overwrite,
    deadline by
);

} // namespace sluice
