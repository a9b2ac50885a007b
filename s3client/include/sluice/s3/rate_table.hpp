// s3client: a rate that changes in the course of a day or a week. Pure.
#pragma once

#include <optional>
#include <vector>

namespace sluice::s3 {

/// What holds from a minute of the week on, until the next one; the last one of a week goes on into
/// the next week.
struct rate_change {
    static constexpr unsigned minutes_of_day = 24 * 60, minutes_of_week = 7 * minutes_of_day;

    unsigned minute = 0;        ///< since Monday 00:00, local time; below minutes_of_week
    std::optional<double> rate; ///< a second, above 0; none: no limit
};

class rate_table {
  public:
    rate_table() = default;
    /// In any order; of several for one minute the last one counts.
    explicit rate_table(std::vector<rate_change> changes);

    bool empty() const { return changes_.empty(); }
    /// The rate that holds in that minute of the week. Of an empty table: no limit.
    std::optional<double> at(unsigned minute) const;
    /// That part of every rate.
    rate_table times(double part) const;

  private:
    std::vector<rate_change> changes_; ///< ascending
};

} // namespace sluice::s3
