// base: sizes and durations as people write and read them.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <array>
#include <cstdio>
#include <limits>

namespace sluice {

namespace {

struct size_unit {
    std::string_view name; // lower case
    std::uint64_t bytes;
};
constexpr size_unit size_units[] = {
    {"", 1},
    {"b", 1},
    {"k", 1'000},
    {"kb", 1'000},
    {"m", 1'000'000},
    {"mb", 1'000'000},
    {"g", 1'000'000'000},
    {"gb", 1'000'000'000},
    {"t", 1'000'000'000'000},
    {"tb", 1'000'000'000'000},
    {"kib", 1ull << 10},
    {"mib", 1ull << 20},
    {"gib", 1ull << 30},
    {"tib", 1ull << 40},
};

struct span_unit {
    std::string_view name;
    std::int64_t milliseconds;
};
/// From the largest: "1h30m" is in this order, "30m1h" is not.
constexpr span_unit span_units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes digits off the front of `text`; nullopt without any, or when they overflow.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    std::size_t used = 0;
    for (; used < text.size() && is_digit(text[used]); ++used) {
        if (__builtin_mul_overflow(number, std::uint64_t{10}, &number)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(text[used] - '0');
        if (__builtin_add_overflow(number, digit, &number)) return std::nullopt;
    }
    if (used == 0) return std::nullopt;
    text.remove_prefix(used);
    return number;
}

std::optional<std::uint64_t> size_unit_named(std::string_view name) {
    while (!name.empty() && name.front() == ' ')
        name.remove_prefix(1);
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const auto& unit : size_units)
        if (unit.name == lower) return unit.bytes;
    return std::nullopt;
}

/// The digits after a point: at most six, so that every product below fits 64 bits.
struct fraction {
    std::uint64_t value = 0;
    std::uint64_t of = 1;
};

std::optional<fraction> take_fraction(std::string_view& text) {
    fraction part;
    if (text.empty() || text.front() != '.') return part;
    text.remove_prefix(1);
    const std::size_t before = text.size();
    const auto number = take_number(text);
    if (!number || before - text.size() > 6) return std::nullopt;
    part.value = *number;
    for (std::size_t i = text.size(); i < before; ++i)
        part.of *= 10;
    return part;
}

std::optional<std::uint64_t> size_from(std::string_view text) {
    const auto whole = take_number(text);
    if (!whole) return std::nullopt;
    const auto part = take_fraction(text);
    const auto unit = size_unit_named(text);
    if (!part || !unit) return std::nullopt;
    if (*unit == 1 && part->value != 0) return std::nullopt;
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(*whole, *unit, &bytes)) return std::nullopt;
    if (__builtin_add_overflow(bytes, part->value * *unit / part->of, &bytes)) return std::nullopt;
    return bytes;
}

/// The place in `span_units` of the unit at the front of `text`, at `from` or behind it.
std::optional<std::size_t> take_span_unit(std::string_view& text, std::size_t from) {
    std::size_t size = 0;
    while (size < text.size() && !is_digit(text[size]))
        ++size;
    for (std::size_t i = from; i < std::size(span_units); ++i)
        if (span_units[i].name == text.substr(0, size)) {
            text.remove_prefix(size);
            return i;
        }
    return std::nullopt;
}

std::optional<std::int64_t> milliseconds_from(std::string_view text) {
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    do {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        std::int64_t each = 1'000;
        if (!text.empty() || next_unit > 0) {
            const auto unit = take_span_unit(text, next_unit);
            if (!unit) return std::nullopt;
            each = span_units[*unit].milliseconds;
            next_unit = *unit + 1;
        }
        std::int64_t more = 0;
        if (__builtin_mul_overflow(*number, each, &more)) return std::nullopt;
        if (__builtin_add_overflow(total, more, &total)) return std::nullopt;
    } while (!text.empty());
    return total;
}

failure malformed(std::string_view what, std::string_view text, std::string_view examples) {
    std::string where(what);
    where += " '";
    where += text;
    where += "' is malformed; write it like ";
    where += examples;
    return {errc::invalid_argument, std::move(where), {}, {}};
}

} // namespace

result<std::uint64_t> parse_size(std::string_view text) {
    const auto bytes = size_from(text);
    if (!bytes) return malformed("size", text, "64MiB, 1.5GB or 4096 (bytes)");
    return *bytes;
}

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto span = milliseconds_from(text);
    if (!span) return malformed("duration", text, "500ms, 15m, 1h30m or 90 (seconds)");
    return std::chrono::milliseconds(*span);
}

std::string human_size(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto scaled = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    // 1023.95 would be printed as 1024.0.
    for (; scaled >= 1023.95 && unit + 1 < units.size(); ++unit)
        scaled /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %s", scaled, units[unit]);
    return text;
}

std::string human_duration(std::chrono::seconds span) {
    const long long total = span.count() < 0 ? 0 : span.count();
    char text[64];
    if (total < 60)
        std::snprintf(text, sizeof text, "%lld s", total);
    else if (total < 3600)
        std::snprintf(text, sizeof text, "%lld m %02lld s", total / 60, total % 60);
    else if (total < 86400)
        std::snprintf(text, sizeof text, "%lld h %02lld m", total / 3600, total / 60 % 60);
    else
        std::snprintf(text, sizeof text, "%lld d %02lld h", total / 86400, total / 3600 % 24);
    return text;
}

} // namespace sluice
