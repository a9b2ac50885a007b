// stream: finding a stream by its name.
#include "stream_lookup.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/log_store.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sluice {

namespace log {

namespace {

failure no_such_stream(const path& directory, const std::string& name) {
    std::string where = "stream " + name + ": not in " + directory.string();
    const auto known = names_in(directory);
    if (const auto near = known ? nearest(name, *known) : std::nullopt)
        where += "; did you mean " + *near + "?";
    else
        where += "; create it with `sluice stream create " + name + "`";
    return stream_failure(stream_errc::no_such_stream, where);
}

} // namespace

failure bad_name(const std::string& name) {
    return stream_failure(
        errc::invalid_argument,
        "stream name \"" + name +
            "\": use letters, digits and ._- (at most 200, beginning with a letter or digit)"
    );
}

result<std::vector<std::string>> names_in(const path& directory) {
    std::vector<std::string> names;
    std::error_code failed;
    for (std::filesystem::directory_iterator each(directory, failed), end; !failed && each != end;
         each.increment(failed)) {
        const std::string name = each->path().filename().string();
        std::error_code ignored;
        if (is_stream_name(name) && std::filesystem::exists(each->path() / "meta.json", ignored))
            names.push_back(name);
    }
    if (failed && failed != std::errc::no_such_file_or_directory)
        return stream_failure(errc::io_error, directory.string() + ": " + failed.message());
    std::ranges::sort(names);
    return names;
}

result<stream_place>
find_stream(file_system& files, const path& directory, const std::string& name) {
    if (!is_stream_name(name)) return bad_name(name);
    stream_place at;
    at.files = &files;
    at.directory = directory / name;
    auto text = read_small(files, at.meta_file());
    if (!text && text.error().code == errc::not_found) return no_such_stream(directory, name);
    if (!text) return text.error();
    auto about = decode_meta(as_text(*text), at.meta_file().string());
    if (!about) return about.error();
    if (about->name != name)
        return stream_failure(
            stream_errc::damaged,
            at.meta_file().string() + ": is that of stream " + about->name +
                "; was the folder renamed?"
        );
    at.about = std::move(*about);
    return at;
}

} // namespace log

} // namespace sluice
