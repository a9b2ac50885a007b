// engine: where in an export a place lies that somebody wrote.
#include "committed_place.hpp"

#include "../core/import_window.hpp"
#include "fetch_items.hpp"

#include <sluice/engine/read_events.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

namespace {

task<result<std::optional<position>>> find_committed_time(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    std::int64_t at
) {
    const std::uint32_t partition = survey.partition();
    if (survey.empty()) co_return std::optional<position>(position{partition, 0, 0});
    std::optional<position> found;
    const take_record first = [&found, partition](const record& each) -> result<bool> {
        found = position{partition, each.sequence, 0};
        return false;
    };
    const events_wanted wanted{position{partition, 0, 0}, at};
    auto read = co_await read_events(store, where, survey, wanted, first, deadline::never());
    if (!read) co_return read.error();
    if (!found) found = gap_end(survey.end());
    co_return found;
}

task<result<std::optional<position>>> find_place_in_raw(
    s3::object_store& store, const export_folder& where, const partition_survey& survey, place what
) {
    fetch_window behind;
    behind.from = position{survey.partition(), what.value, 0};
    fetch_items items(store, where, survey, behind);
    while (true) {
        auto item = co_await items.next(deadline::never());
        if (!item) co_return item.error();
        if (!*item || !(**item).gap) co_return place_in_raw(what, behind.from, *item);
    }
}

} // namespace

task<result<std::optional<position>>> find_committed_place(
    s3::object_store& store, const export_folder& where, const partition_survey& survey, place what
) {
    auto known = known_encoding(where.document.format, where.document.codec);
    if (!known) co_return known.error();
    if (what.what == place::kind::time && !values_only(known->format)) {
        auto found = co_await find_committed_time(store, where, survey, what.value);
        co_return found;
    }
    const bool in_raw = what.what == place::kind::sequence && known->format == object_format::raw;
    if (in_raw) {
        auto found = co_await find_place_in_raw(store, where, survey, what);
        co_return found;
    }
    co_return committed_place(what, survey, known->format);
}

} // namespace sluice
