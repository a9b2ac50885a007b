// engine: where in an export a place lies that somebody wrote.
#include "committed_place.hpp"

#include "../core/fetch_plan.hpp"
#include "../core/import_window.hpp"

#include <sluice/engine/read_events.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

namespace {

task<result<std::optional<position>>> find_committed_time(
    s3::object_store& store,
    const export_folder& where,
    const std::vector<commit>& commits,
    std::int64_t at,
    std::uint32_t partition
) {
    if (commits.empty()) co_return std::optional<position>(position{partition, 0, 0});
    std::optional<position> found;
    const take_record first = [&found, partition](const record& each) -> result<bool> {
        found = position{partition, each.sequence, 0};
        return false;
    };
    const events_wanted wanted{position{partition, 0, 0}, at};
    auto read = co_await read_events(store, where, commits, wanted, first, deadline::never());
    if (!read) co_return read.error();
    if (!found) found = gap_end(commits.back().next);
    co_return found;
}

} // namespace

task<result<std::optional<position>>> find_committed_place(
    s3::object_store& store,
    const export_folder& where,
    const std::vector<commit>& commits,
    place what,
    std::uint32_t partition
) {
    auto known = known_encoding(where.document.format, where.document.codec);
    if (!known) co_return known.error();
    if (what.what == place::kind::time && !values_only(known->format)) {
        auto found = co_await find_committed_time(store, where, commits, what.value, partition);
        co_return found;
    }
    co_return committed_place(what, partition, commits, known->format);
}

} // namespace sluice
