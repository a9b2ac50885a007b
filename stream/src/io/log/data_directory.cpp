// stream: the directory that streams lie in.
#include "data_directory.hpp"

#include <sluice/base/error.hpp>

#include <system_error>

namespace sluice::log {

result<void> make_data_directory(file_system& files, const path& directory) {
    std::error_code failed;
    path at = std::filesystem::absolute(directory, failed);
    if (!at.has_filename()) at = at.parent_path(); // as "streams/"
    std::vector<path> missing;
    while (at.has_relative_path() && !std::filesystem::exists(at, failed)) {
        missing.push_back(at);
        at = at.parent_path();
    }
    // Who made the last one that is there may have died before this sync. Where it is older, the
    // directory above it need not even be readable.
    if (at.has_relative_path()) static_cast<void>(files.sync_directory(at.parent_path()));
    for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
        auto made = files.make_directory(*each);
        if (made) made = files.sync_directory(each->parent_path());
        if (!made) return made;
    }
    return result<void>();
}

result<void> check_disk(file_system& files, const path& directory, const std::string& way_out) {
    auto network = files.network_of(directory);
    if (!network) return network.error();
    if (network->empty()) return result<void>();
    failure why;
    why.code = errc::invalid_argument;
    why.where = directory.string() + ": lies on " + *network +
                ", where two writers may not see each other and a sync may not reach the disk; " +
                way_out;
    return why;
}

} // namespace sluice::log
