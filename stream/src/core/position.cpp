// stream: positions as text.
#include <sluice/base/error.hpp>
#include <sluice/stream/position.hpp>

#include <charconv>

namespace sluice {

namespace {

/// Takes a decimal number off the front of `text`; false when none is there or it does not fit.
template <class Number>
bool take_decimal(std::string_view& text, Number& number) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return false;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take_mark(std::string_view& text, char mark) {
    if (text.empty() || text.front() != mark) return false;
    text.remove_prefix(1);
    return true;
}

bool read_position(std::string_view text, position& place) {
    if (!take_decimal(text, place.partition) || !take_mark(text, '/')) return false;
    if (!take_decimal(text, place.sequence)) return false;
    if (text.empty()) return true;
    return take_mark(text, '.') && take_decimal(text, place.offset) && text.empty();
}

} // namespace

std::string to_string(const position& place) {
    std::string text = std::to_string(place.partition) + '/' + std::to_string(place.sequence);
    if (place.offset != 0) text += '.' + std::to_string(place.offset);
    return text;
}

result<position> parse_position(std::string_view text) {
    position place;
    // One place has one text, so that positions can be compared as text too.
    if (read_position(text, place) && to_string(place) == text) return place;
    failure why;
    why.code = errc::invalid_argument;
    why.where =
        "position '" + std::string(text) + "': expected partition/sequence[.offset], as 0/7";
    return why;
}

} // namespace sluice
