// engine: so much a second, as people write it. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/rate_table.hpp>

#include <optional>
#include <string>

namespace sluice {

/// Bytes a second: a size, with or without "/s", as in 5MiB/s. At least 16KiB: below that, servers
/// would take a body for stalled. Errors: errc::invalid_argument.
result<double> parse_byte_rate(const std::string& text);
/// Requests a second: a number of at least 1, with or without "/s". Errors: errc::invalid_argument.
result<double> parse_request_rate(const std::string& text);

/// One rate, or several that change by the time of day: then `always` is none.
struct rate_plan {
    std::optional<double> always;
    s3::rate_table by_time;
};

/// A rate as above, or a timetable: entries `HH:MM,RATE` or `Day-HH:MM,RATE` with spaces between
/// them, in local time, where RATE may be `off` (no limit) and Day is Mon, Tue … Sun; without a day
/// every day. As in "08:00,5MiB/s 19:00,off Sat-00:00,off". Errors: errc::invalid_argument.
result<rate_plan> parse_byte_plan(const std::string& text);
result<rate_plan> parse_request_plan(const std::string& text);

} // namespace sluice
