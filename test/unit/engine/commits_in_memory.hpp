// test: what a partition's commits say that are in memory: as committed_ranges and fetch_items read
// them from a bucket.
#pragma once

#include "core/commit_ranges.hpp"
#include "core/import_window.hpp"
#include "core/value_entry.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::test {

inline partition_survey survey_of(const std::vector<commit>& commits, std::uint32_t partition = 0) {
    partition_survey survey(partition);
    for (const commit& each : commits)
        survey.note(each);
    return survey;
}

inline std::vector<committed_range> ranges_in(const std::vector<commit>& commits) {
    const partition_survey survey = survey_of(commits);
    std::vector<committed_range> ranges;
    for (const commit& each : commits) {
        for (committed_range& range : ranges_of(each, survey)) {
            if (range.replaced_by) {
                const auto newer = std::find_if(
                    commits.rbegin(),
                    commits.rend(),
                    [number = *range.replaced_by](const commit& by) {
                        return by.kind == commit_kind::replace && by.number == number;
                    }
                );
                put_in_place(range, newer->objects.front(), survey);
            }
            ranges.push_back(std::move(range));
        }
    }
    return ranges;
}

inline std::vector<fetch_item>
fetches_within(const std::vector<commit>& commits, fetch_window within) {
    std::vector<fetch_item> items;
    for (const committed_range& each : ranges_in(commits))
        if (!add_fetches(items, each, within)) break;
    return items;
}

inline std::vector<fetch_item> plan_fetches(
    const std::vector<commit>& commits, position from, std::optional<position> until = std::nullopt
) {
    fetch_window within;
    within.from = from;
    within.until = until;
    return fetches_within(commits, within);
}

inline std::vector<fetch_item> plan_import_items(
    const std::vector<commit>& commits,
    const import_progress& stands,
    object_format format,
    const std::optional<position>& until
) {
    fetch_window within = window_of_import(stands, until);
    if (may_begin_inside_an_event(stands, format) && !(until && *until <= stands.at)) {
        value_entry entry(stands.at);
        for (const fetch_item& each : plan_fetches(commits, position{stands.at.partition, 0, 0}))
            if (!entry.note(each)) break;
        within.from = entry.place();
    }
    return fetches_within(commits, within);
}

} // namespace sluice::test
