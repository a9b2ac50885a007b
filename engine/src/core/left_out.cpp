// engine: what an import left out, in words that fit a line.
#include "left_out.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice {

namespace {

constexpr std::size_t most_named = 5;

} // namespace

std::string first_of(const std::vector<std::string>& names) {
    return first_of(names, names.size());
}

std::string first_of(const std::vector<std::string>& names, std::uint64_t count) {
    std::string text;
    const std::size_t named = std::min(names.size(), most_named);
    for (std::size_t n = 0; n < named; ++n)
        text += (n == 0 ? ": " : ", ") + names[n];
    if (named > 0 && count > named) text += " and " + std::to_string(count - named) + " more";
    return text;
}

std::vector<std::string> names_of(const left_out_ranges& what) {
    std::vector<std::string> names;
    for (const auto& [first, next] : what.first)
        names.push_back("events " + to_string(first) + " up to " + to_string(next));
    return names;
}

std::optional<std::pair<position, position>>
first_kept(const left_out_ranges& what, position first, position next) {
    for (const auto& [begin, end] : what.first) {
        const position lost_from{begin.partition, begin.sequence, 0};
        const std::int64_t behind = end.sequence + (end.offset > 0 ? 1 : 0);
        const position lost_to{end.partition, behind, 0};
        if (lost_to <= first) continue;
        if (first < lost_from) return std::pair(first, std::min(next, lost_from));
        first = lost_to;
        if (next <= first) return std::nullopt;
    }
    if (what.count > what.first.size()) return std::nullopt;
    return std::pair(first, next);
}

std::string left_out_earlier(const std::vector<std::string>& names, std::uint64_t count) {
    if (count == 0) return "";
    return "left out earlier, and not in the stream: " + std::to_string(count) +
           (count == 1 ? " part" : " parts") + first_of(names, count);
}

} // namespace sluice
