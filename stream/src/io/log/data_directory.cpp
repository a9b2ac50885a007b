// stream: the directory that streams lie in.
#include "data_directory.hpp"

#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>

namespace sluice::log {

result<void> make_data_directory(file_system& files, const path& directory) {
    directory_calls calls;
    calls.make = [&files](const path& name) { return files.make_directory(name); };
    calls.sync = [&files](const path& name) { return files.sync_directory(name); };
    return make_durable_directory(directory, calls);
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
