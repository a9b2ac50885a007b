// stream: where things lie in a stream's directory.
#include "log_paths.hpp"

#include <sluice/stream/error.hpp>

#include <algorithm>

namespace sluice::log {

failure stream_failure(error_code code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

result<std::vector<segment_place>> list_segments(const stream_place& at, std::uint32_t partition) {
    const path folder = at.partition(partition);
    auto names = at.files->list(folder);
    if (!names)
        return stream_failure(
            names.error().code, "stream " + at.about.name + ": " + names.error().where
        );
    std::vector<segment_place> found;
    for (const std::string& name : *names) {
        if (const auto place = parse_segment_name(name)) found.push_back(*place);
    }
    std::ranges::sort(found, {}, &segment_place::ordinal);
    for (std::size_t n = 1; n < found.size(); ++n) {
        if (found[n].ordinal == found[n - 1].ordinal + 1) continue;
        return stream_failure(
            stream_errc::damaged,
            "stream " + at.about.name + ": " + folder.string() + ": segment " +
                std::to_string(found[n - 1].ordinal + 1) + " is missing"
        );
    }
    return found;
}

} // namespace sluice::log
