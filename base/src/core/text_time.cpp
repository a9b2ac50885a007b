// base: microseconds since 1970 as RFC 3339 text, and back.
#include <sluice/base/text.hpp>

#include <cstdio>

namespace sluice {

namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

/// Takes exactly `count` digits off the front; negative when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return -1;
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take_one_of(std::string_view& text, std::string_view any) {
    if (text.empty() || any.find(text.front()) == any.npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
    const int year = take_digits(text, 4);
    if (year < 0 || !take_one_of(text, "-")) return std::nullopt;
    const int month = take_digits(text, 2);
    if (month < 0 || !take_one_of(text, "-")) return std::nullopt;
    const int day = take_digits(text, 2);
    if (day < 0) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * micros_per_day;
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
    const int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take_one_of(text, ":")) return std::nullopt;
    const int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59 || !take_one_of(text, ":")) return std::nullopt;
    const int second = take_digits(text, 2);
    if (second < 0 || second > 59) return std::nullopt;
    std::int64_t micros = (hour * 60 + minute) * 60 + second;
    micros *= micros_per_second;
    if (!take_one_of(text, ".")) return micros;
    std::int64_t weight = micros_per_second;
    while (weight > 1 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
        weight /= 10;
        micros += weight * (text.front() - '0');
        text.remove_prefix(1);
    }
    if (weight == micros_per_second) return std::nullopt;
    return micros;
}

std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (take_one_of(text, "Zz")) return 0;
    const bool west = !text.empty() && text.front() == '-';
    if (!take_one_of(text, "+-")) return std::nullopt;
    const int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take_one_of(text, ":")) return std::nullopt;
    const int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59) return std::nullopt;
    const std::int64_t micros = (hour * 60 + minute) * 60 * micros_per_second;
    return west ? -micros : micros;
}

} // namespace

std::optional<std::string> format_timestamp(std::int64_t micros) {
    using namespace std::chrono;
    std::int64_t day_number = micros / micros_per_day;
    std::int64_t within = micros % micros_per_day;
    if (within < 0) {
        --day_number;
        within += micros_per_day;
    }
    // Far beyond four digits in either direction the calendar's own arithmetic would overflow.
    constexpr std::int64_t ten_thousand_years = 3'660'000;
    if (day_number > ten_thousand_years || day_number < -ten_thousand_years) return std::nullopt;
    const year_month_day date{sys_days(days(day_number))};
    const int year = static_cast<int>(date.year());
    if (year < 0 || year > 9999) return std::nullopt;
    const auto second = static_cast<int>(within / micros_per_second);
    char text[64];
    std::snprintf(
        text,
        sizeof text,
        "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
        year,
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        second / 3600,
        second / 60 % 60,
        second % 60,
        static_cast<int>(within % micros_per_second)
    );
    return text;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
    const auto date = take_date(text);
    if (!date || !take_one_of(text, "Tt ")) return std::nullopt;
    const auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return *date + *clock - *offset;
}

} // namespace sluice
