// engine: rates out of text.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/rates.hpp>

#include <charconv>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

namespace {

constexpr std::uint64_t least_bytes = 16 << 10;

std::string without_unit(const std::string& text) {
    constexpr std::string_view a_second = "/s";
    return text.ends_with(a_second) ? text.substr(0, text.size() - a_second.size()) : text;
}

failure no_rate(const std::string& text, const std::string& what) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + text + "\": " + what;
    return why;
}

using parser = result<double> (*)(const std::string&);

failure no_entry(const std::string& entry) {
    return no_rate(
        entry,
        "write a timetable as in \"08:00,5MiB/s 19:00,off Sat-00:00,off\", a rate from each time on"
    );
}

std::optional<unsigned> two_digits(std::string_view text, unsigned below) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.size() != 2 || read.ec != std::errc() || read.ptr != end || number >= below)
        return std::nullopt;
    return number;
}

/// The minute of the day of "HH:MM".
std::optional<unsigned> minute_of(std::string_view text) {
    constexpr std::size_t length = 5, colon = 2;
    if (text.size() != length || text[colon] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, colon), 24);
    const auto minute = two_digits(text.substr(colon + 1), 60);
    if (!hour || !minute) return std::nullopt;
    return *hour * 60 + *minute;
}

std::optional<unsigned> day_of(std::string_view text) {
    constexpr std::string_view days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (unsigned day = 0; day < std::size(days); ++day)
        if (text == days[day]) return day;
    return std::nullopt;
}

/// Adds what one entry says: for each of its days a change.
result<void>
add_entry(std::vector<s3::rate_change>& to, const std::string& entry, parser parse_rate) {
    const std::size_t comma = entry.find(','), dash = entry.find('-');
    if (comma == std::string::npos) return no_entry(entry);
    const bool has_day = dash < comma;
    const auto minute = minute_of(
        std::string_view(entry).substr(has_day ? dash + 1 : 0, comma - (has_day ? dash + 1 : 0))
    );
    const auto day = has_day ? day_of(std::string_view(entry).substr(0, dash)) : std::nullopt;
    if (!minute || (has_day && !day)) return no_entry(entry);
    const std::string rate = entry.substr(comma + 1);
    s3::rate_change change;
    if (rate != "off") {
        auto parsed = parse_rate(rate);
        if (!parsed) return parsed.error();
        change.rate = *parsed;
    }
    constexpr unsigned days = s3::rate_change::minutes_of_week / s3::rate_change::minutes_of_day;
    for (unsigned n = day.value_or(0); n < (day ? *day + 1 : days); ++n) {
        change.minute = n * s3::rate_change::minutes_of_day + *minute;
        to.push_back(change);
    }
    return result<void>();
}

result<rate_plan> parse_plan(const std::string& text, parser parse_rate) {
    rate_plan plan;
    if (text.find(',') == std::string::npos) {
        auto rate = parse_rate(text);
        if (!rate) return rate.error();
        plan.always = *rate;
        return plan;
    }
    std::vector<s3::rate_change> changes;
    std::istringstream entries(text);
    std::string entry;
    while (entries >> entry) {
        auto added = add_entry(changes, entry, parse_rate);
        if (!added) return added.error();
    }
    plan.by_time = s3::rate_table(std::move(changes));
    return plan;
}

} // namespace

result<rate_plan> parse_byte_plan(const std::string& text) {
    return parse_plan(text, &parse_byte_rate);
}

result<rate_plan> parse_request_plan(const std::string& text) {
    return parse_plan(text, &parse_request_rate);
}

result<double> parse_byte_rate(const std::string& text) {
    const auto size = parse_size(without_unit(text));
    if (!size) return no_rate(text, "write a size for each second, as in 5MiB/s");
    if (*size < least_bytes) return no_rate(text, "must be at least 16KiB/s");
    return static_cast<double>(*size);
}

result<double> parse_request_rate(const std::string& text) {
    const std::string digits = without_unit(text);
    std::uint32_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    if (read.ec == std::errc() && read.ptr == end && number >= 1)
        return static_cast<double>(number);
    return no_rate(text, "write a number for each second, as in 3500/s");
}

} // namespace sluice
