// engine: what is in force of a partition, range by range.
#include "../core/commit_ranges.hpp"
#include "commit_cursor.hpp"
#include "small_object.hpp"

#include <sluice/engine/committed_ranges.hpp>

#include <utility>

namespace sluice {

committed_ranges::committed_ranges(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    position from
)
    : store_(store), where_(where), survey_(survey), number_(survey.number_before(from)) {}

committed_ranges::committed_ranges(
    s3::object_store& store, const export_folder& where, const partition_survey& survey
)
    : committed_ranges(store, where, survey, survey.first()) {}

committed_ranges::~committed_ranges() = default;
committed_ranges::committed_ranges(committed_ranges&&) noexcept = default;

/// False: there is none.
task<result<bool>> committed_ranges::next_commit(deadline by) {
    if (number_ >= survey_.commits()) co_return false;
    if (const commit* kept = survey_.recent(number_)) {
        ranges_ = ranges_of(*kept, survey_);
    } else {
        if (!commits_)
            commits_ =
                std::make_unique<commit_cursor>(store_, where_, survey_.partition(), number_);
        auto read = co_await commits_->next(by);
        if (!read) co_return read.error();
        if (!*read)
            co_return damaged_commit(
                where_, survey_.partition(), number_, "was there before, and is missing now"
            );
        ranges_ = ranges_of(std::move(**read), survey_);
    }
    ++number_;
    given_ = 0;
    co_return true;
}

/// What has taken the object's place.
task<result<void>> committed_ranges::look_up(committed_range& range, deadline by) {
    const std::uint64_t number = *range.replaced_by;
    if (const commit* kept = survey_.recent(number)) {
        put_in_place(range, kept->objects.front(), survey_);
        co_return result<void>();
    }
    auto newer = co_await fetch_commit(store_, where_, survey_.partition(), number, by);
    if (!newer) co_return newer.error();
    const bool there = *newer && (**newer).document.kind == commit_kind::replace;
    if (!there) co_return damaged_commit(where_, survey_.partition(), number, "is missing");
    put_in_place(range, std::move((**newer).document.objects.front()), survey_);
    co_return result<void>();
}

task<result<std::optional<committed_range>>> committed_ranges::next(deadline by) {
    while (given_ == ranges_.size()) {
        auto more = co_await next_commit(by);
        if (!more) co_return more.error();
        if (!*more) co_return std::optional<committed_range>();
    }
    committed_range& range = ranges_[given_];
    if (range.replaced_by) {
        auto looked = co_await look_up(range, by);
        if (!looked) co_return looked.error();
    }
    ++given_;
    co_return std::optional<committed_range>(std::move(range));
}

} // namespace sluice
