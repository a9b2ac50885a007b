// s3sim: times as text, without a clock or a time zone.
#include "core/time_text.hpp"

#include "core/http_head.hpp"

#include <cstdio>

namespace sluice::sim {

namespace time_detail {

struct parts {
    int year;
    unsigned month, day, weekday, hour, minute, second;
};

parts split(sys_seconds when) {
    const auto midnight = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::weekday weekday(midnight);
    const auto second = static_cast<unsigned>((when - midnight).count());
    return {
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        weekday.c_encoding(),
        second / 3600,
        second / 60 % 60,
        second % 60};
}

template <class... Values>
std::string print(const char* format, Values... values) {
    char text[96];
    const int size = std::snprintf(text, sizeof text, format, values...);
    return std::string(text, static_cast<std::size_t>(size));
}

} // namespace time_detail

std::string http_date(sys_seconds when) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto t = time_detail::split(when);
    return time_detail::print(
        "%s, %02u %s %04d %02u:%02u:%02u GMT",
        days[t.weekday],
        t.day,
        months[t.month - 1],
        t.year,
        t.hour,
        t.minute,
        t.second
    );
}

std::string xml_date(sys_seconds when) {
    const auto t = time_detail::split(when);
    return time_detail::print(
        "%04d-%02u-%02uT%02u:%02u:%02u.000Z", t.year, t.month, t.day, t.hour, t.minute, t.second
    );
}

std::string basic_date(sys_seconds when) {
    const auto t = time_detail::split(when);
    return time_detail::print(
        "%04d%02u%02uT%02u%02u%02uZ", t.year, t.month, t.day, t.hour, t.minute, t.second
    );
}

std::optional<sys_seconds> parse_basic_date(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const auto date = parse_number(text.substr(0, 8));
    const auto time = parse_number(text.substr(9, 6));
    if (!date || !time) return std::nullopt;
    const std::chrono::year_month_day day(
        std::chrono::year(static_cast<int>(*date / 10'000)),
        std::chrono::month(static_cast<unsigned>(*date / 100 % 100)),
        std::chrono::day(static_cast<unsigned>(*date % 100))
    );
    const auto hour = *time / 10'000, minute = *time / 100 % 100, second = *time % 100;
    if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::seconds(hour * 3600 + minute * 60 + second);
}

} // namespace sluice::sim
