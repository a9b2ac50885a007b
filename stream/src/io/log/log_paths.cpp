// stream: where things lie in a stream's directory.
#include "log_paths.hpp"

#include <sluice/stream/error.hpp>

#include <algorithm>
#include <optional>

namespace sluice::log {

failure stream_failure(error_code code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

failure no_partition(const meta& about, std::uint32_t partition) {
    return stream_failure(
        stream_errc::out_of_range,
        "stream " + about.name + ": has " + std::to_string(about.partitions) +
            " partitions, there is no " + std::to_string(partition)
    );
}

namespace {

/// By ordinal; some may be missing.
result<std::vector<segment_place>> segments_there(const stream_place& at, std::uint32_t partition) {
    auto names = at.files->list(at.partition(partition));
    if (!names)
        return stream_failure(
            names.error().code, "stream " + at.about.name + ": " + names.error().where
        );
    std::vector<segment_place> found;
    for (const std::string& name : *names) {
        if (const auto place = parse_segment_name(name)) found.push_back(*place);
    }
    std::ranges::sort(found, {}, &segment_place::ordinal);
    return found;
}

} // namespace

result<std::vector<segment_place>> list_segments(const stream_place& at, std::uint32_t partition) {
    std::optional<std::uint64_t> first;
    while (true) {
        auto found = segments_there(at, partition);
        if (!found) return found;
        const auto hole = std::ranges::adjacent_find(*found, [](const auto& one, const auto& next) {
            return next.ordinal != one.ordinal + 1;
        });
        if (hole == found->end()) return found;
        // While a folder is listed, old segments may be removed from it; then others come first.
        if (first == found->front().ordinal)
            return stream_failure(
                stream_errc::damaged,
                "stream " + at.about.name + ": " + at.partition(partition).string() + ": segment " +
                    std::to_string(hole->ordinal + 1) + " is missing"
            );
        first = found->front().ordinal;
    }
}

} // namespace sluice::log
