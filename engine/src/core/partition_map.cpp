// engine: which partitions of an export an import takes, and where to, as people write it.
#include <sluice/base/error.hpp>
#include <sluice/engine/partition_map.hpp>

#include <charconv>
#include <optional>
#include <set>

namespace sluice {

namespace {

constexpr std::uint32_t most_partitions = 4096;

failure not_partitions(std::string_view text, const std::string& how) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + std::string(text) + "\": " + how;
    return why;
}

std::optional<std::uint32_t> partition_number(std::string_view text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const bool whole = !text.empty() && read.ec == std::errc() && read.ptr == end;
    if (!whole || number >= most_partitions) return std::nullopt;
    return number;
}

/// `3`, or `3-7`: both ends belong to it.
bool add_range(std::vector<partition_pair>& to, std::string_view word) {
    const auto dash = word.find('-');
    const auto first = partition_number(word.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : partition_number(word.substr(dash + 1));
    if (!first || !last || *last < *first) return false;
    for (std::uint32_t n = *first; n <= *last; ++n)
        to.push_back({n, static_cast<std::uint32_t>(to.size())});
    return true;
}

/// `5=1`
bool add_pair(std::vector<partition_pair>& to, std::string_view word) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const auto source = partition_number(word.substr(0, equals));
    const auto target = partition_number(word.substr(equals + 1));
    if (!source || !target) return false;
    to.push_back({*source, *target});
    return true;
}

/// What would lose sequences; empty: nothing.
std::string contradiction(const std::vector<partition_pair>& pairs) {
    std::set<std::uint32_t> sources, targets;
    for (const partition_pair& each : pairs) {
        if (!sources.insert(each.source).second)
            return "partition " + std::to_string(each.source) +
                   " is named twice; import it into two streams instead";
        if (!targets.insert(each.target).second)
            return "two partitions go to " + std::to_string(each.target) +
                   ", and the sequences of both cannot be kept there; give each a partition of its "
                   "own, or import them into streams of their own";
    }
    for (std::uint32_t n = 0; n < targets.size(); ++n)
        if (targets.count(n) == 0)
            return "nothing goes to partition " + std::to_string(n) +
                   " of the stream; its partitions are numbered from 0, and each has a source";
    return std::string();
}

} // namespace

result<std::vector<partition_pair>> parse_partitions(std::string_view text) {
    std::vector<partition_pair> pairs;
    const bool mapped = text.find('=') != std::string_view::npos;
    bool good = true;
    for (std::string_view left = text; good && !text.empty();) {
        const auto comma = left.find(',');
        const std::string_view word = left.substr(0, comma);
        good = mapped ? add_pair(pairs, word) : add_range(pairs, word);
        if (comma == std::string_view::npos) break;
        left = left.substr(comma + 1);
    }
    if (!good)
        return not_partitions(
            text,
            "must be numbers and ranges from 0 to 4095 (as in 0-3,7), which are numbered anew from "
            "0, or pairs of source and target (as in 2=0,5=1)"
        );
    const std::string how = contradiction(pairs);
    if (!how.empty()) return not_partitions(text, how);
    return pairs;
}

std::string to_string(const std::vector<partition_pair>& pairs) {
    bool dense = true;
    for (std::size_t n = 0; n < pairs.size(); ++n)
        dense = dense && pairs[n].target == n;
    std::string text;
    for (std::size_t n = 0; n < pairs.size();) {
        std::size_t end = n + 1;
        while (dense && end < pairs.size() && pairs[end].source == pairs[end - 1].source + 1)
            ++end;
        if (!text.empty()) text += ",";
        text += std::to_string(pairs[n].source);
        if (!dense)
            text += "=" + std::to_string(pairs[n].target);
        else if (end > n + 1)
            text += (end > n + 2 ? "-" : ",") + std::to_string(pairs[end - 1].source);
        n = end;
    }
    return text;
}

} // namespace sluice
