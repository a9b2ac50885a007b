// stream: where things lie in a stream's directory.
#include "log_paths.hpp"

#include <sluice/stream/error.hpp>

#include <algorithm>
#include <system_error>

namespace sluice::log {

failure stream_failure(error_code code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

result<std::vector<segment_place>> list_segments(const stream_place& at, std::uint32_t partition) {
    std::vector<segment_place> found;
    std::error_code failed;
    const path folder = at.partition(partition);
    for (std::filesystem::directory_iterator each(folder, failed), end; !failed && each != end;
         each.increment(failed)) {
        if (const auto place = parse_segment_name(each->path().filename().string()))
            found.push_back(*place);
    }
    if (failed)
        return stream_failure(
            stream_errc::damaged,
            "stream " + at.about.name + ": " + folder.string() + ": " + failed.message()
        );
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
