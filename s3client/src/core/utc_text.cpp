// s3client: UTC dates without locale and without the C library's shared state.
#include "utc_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace sluice::s3 {

namespace {

void append_digits(std::string& to, unsigned value, unsigned width) {
    for (unsigned unit = width == 4 ? 1000 : 10; unit != 0; unit /= 10)
        to += static_cast<char>('0' + value / unit % 10);
}

std::optional<unsigned> read_digits(std::string_view text) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

std::optional<unsigned> read_month(std::string_view name) {
    const auto at = month_names.find(name);
    if (name.size() != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<unsigned>(at / 3 + 1);
}

} // namespace

void append_amz_date(std::string& text, std::chrono::sys_seconds when) {
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(when - day);
    append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    append_digits(text, static_cast<unsigned>(date.month()), 2);
    append_digits(text, static_cast<unsigned>(date.day()), 2);
    text += 'T';
    append_digits(text, static_cast<unsigned>(time.hours().count()), 2);
    append_digits(text, static_cast<unsigned>(time.minutes().count()), 2);
    append_digits(text, static_cast<unsigned>(time.seconds().count()), 2);
    text += 'Z';
}

std::string format_amz_date(std::chrono::sys_seconds when) {
    std::string text;
    append_amz_date(text, when);
    return text;
}

std::string format_http_date(std::chrono::sys_seconds when) {
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(when - day);
    constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
    std::string text(weekdays.substr(std::chrono::weekday(day).c_encoding() * 3, 3));
    text += ", ";
    append_digits(text, static_cast<unsigned>(date.day()), 2);
    text += ' ';
    text += month_names.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
    text += ' ';
    append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    text += ' ';
    append_digits(text, static_cast<unsigned>(time.hours().count()), 2);
    text += ':';
    append_digits(text, static_cast<unsigned>(time.minutes().count()), 2);
    text += ':';
    append_digits(text, static_cast<unsigned>(time.seconds().count()), 2);
    return text + " GMT";
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    constexpr std::string_view shape = "Fri, 24 May 2013 00:00:00 GMT";
    if (text.size() != shape.size() || text.substr(25) != " GMT") return std::nullopt;
    for (const std::size_t at : {3, 4, 7, 11, 16, 19, 22})
        if (text[at] != shape[at]) return std::nullopt;
    const auto day = read_digits(text.substr(5, 2)), year = read_digits(text.substr(12, 4));
    const auto hour = read_digits(text.substr(17, 2)), minute = read_digits(text.substr(20, 2));
    const auto second = read_digits(text.substr(23, 2));
    const auto month = read_month(text.substr(8, 3));
    if (!day || !year || !hour || !minute || !second || !month) return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(static_cast<int>(*year)),
        std::chrono::month(*month),
        std::chrono::day(*day)
    );
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

} // namespace sluice::s3
