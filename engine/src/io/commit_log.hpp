// engine: the commits of a partition, one by one, and their pages.
#pragma once

#include "../core/commit_page.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <vector>

namespace sluice {

/// Commits read from their own objects, never from a page.
struct commit_log {
    std::vector<commit> commits;          ///< from number 0
    std::vector<std::uint64_t> thousands; ///< CRC64 of the bytes of each full thousand
};
/// Errors: as of fetch_commits.
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
