// engine: places in a stream as people write them: where an export begins and where it ends.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/position.hpp>

#include <charconv>
#include <optional>

namespace sluice {

namespace {

failure not_a_place(std::string_view text) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + std::string(text) +
                "\": must be earliest, latest, saved, seq:N, PARTITION/N or time:RFC3339 (as in "
                "time:2026-11-23T10:00:00Z), or one for each partition: 0=seq:N,1=seq:M";
    return why;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || number < 0)
        return std::nullopt;
    return number;
}

std::optional<place> parse_place(std::string_view text) {
    place what;
    if (text.empty() || text == "saved") return what;
    if (text == "earliest" || text == "latest") {
        what.what = text == "latest" ? place::kind::latest : place::kind::earliest;
        return what;
    }
    constexpr std::string_view by_sequence = "seq:", by_time = "time:";
    std::optional<std::int64_t> value;
    if (text.starts_with(by_sequence)) {
        what.what = place::kind::sequence;
        value = whole_number<std::int64_t>(text.substr(by_sequence.size()));
    } else if (text.starts_with(by_time)) {
        what.what = place::kind::time;
        value = parse_timestamp(text.substr(by_time.size()));
    }
    if (!value) return std::nullopt;
    what.value = *value;
    return what;
}

} // namespace

std::string to_string(const place& what) {
    switch (what.what) {
    case place::kind::saved:
        return "saved";
    case place::kind::earliest:
        return "earliest";
    case place::kind::latest:
        return "latest";
    case place::kind::sequence:
        return "seq:" + std::to_string(what.value);
    case place::kind::time:
        break;
    }
    return "time:" + format_timestamp(what.value).value_or(std::to_string(what.value));
}

const place& places::of(std::uint32_t partition) const {
    const auto own = each.find(partition);
    return own == each.end() ? all : own->second;
}

bool places::uses(place::kind what) const {
    if (each.empty()) return all.what == what;
    for (const auto& [partition, one] : each)
        if (one.what == what) return true;
    return false;
}

result<places> parse_places(std::string_view text) {
    places parsed;
    if (const auto at = parse_position(text); at && at->offset == 0) {
        parsed.each.emplace(at->partition, place{place::kind::sequence, at->sequence});
        return parsed;
    }
    if (text.find('=') == std::string_view::npos) {
        const auto all = parse_place(text);
        if (!all) return not_a_place(text);
        parsed.all = *all;
        return parsed;
    }
    for (std::string_view left = text; !left.empty();) {
        const auto comma = left.find(',');
        const std::string_view pair = left.substr(0, comma);
        const auto equals = pair.find('=');
        left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
        const bool open = comma != std::string_view::npos && left.empty();
        if (equals == std::string_view::npos || equals + 1 == pair.size() || open)
            return not_a_place(text);
        const auto partition = whole_number<std::uint32_t>(pair.substr(0, equals));
        const auto one = parse_place(pair.substr(equals + 1));
        const bool fresh = partition && one && parsed.each.emplace(*partition, *one).second;
        if (!fresh) return not_a_place(text);
    }
    return parsed;
}

} // namespace sluice
