// engine: the commits of a partition, one by one, and their pages.
#pragma once

#include "../core/claim_rules.hpp"
#include "../core/commit_page.hpp"
#include "commit_cursor.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <functional>
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

/// Tells `into`, and `also` where it is given, of the commits that stand now. After a failure it
/// may be called again, with the same cursor. Errors: those of the cursor.
task<result<void>> read_to_end(
    commit_cursor& commits,
    partition_survey& into,
    const std::function<void(const commit&)>& also,
    deadline by
);
/// The same, until the listing shows no more either: nothing is missing. Errors: as of
/// survey_partition.
task<result<void>> read_history(
    s3::object_store& store,
    const export_folder& where,
    commit_cursor& commits,
    partition_survey& into,
    const std::function<void(const commit&)>& also,
    deadline by
);

/// Where commits read from number `from` on end.
struct tail_reading {
    tail at;
    std::uint64_t commits = 0;
    commit_kind first = commit_kind::claim; ///< of the one at `from`, where there is one
    std::string first_token;
};
/// For `from` that is 0 or a claim's number. Errors: those of the cursor.
task<result<tail_reading>> read_tail(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    deadline by
);

/// What commits say that were read from their own objects, never from a page.
struct commit_log {
    partition_survey survey;
    std::vector<std::uint64_t> thousands; ///< CRC64 of the bytes of each full thousand
};
/// `also` is told of each commit, where it is given. Errors: as of survey_partition.
task<result<commit_log>> read_commit_log(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    deadline by,
    std::function<void(const commit&)> also = {}
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
