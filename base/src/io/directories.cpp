// base: directories whose names are on the disk before anything depends on them.
#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

using std::filesystem::path;

failure refused_by_system(const path& name, const char* call, int number) {
    failure why;
    why.code = errc::io_error;
    if (number == ENOSPC || number == EDQUOT) why.code = errc::disk_full;
    if (number == ENOENT) why.code = errc::not_found;
    why.where = name.string() + ": " + call + ": " + std::strerror(number);
    if (why.code == errc::disk_full)
        why.where += "; the disk is full: make room and run the same command again";
    return why;
}

result<void> make_directory(const path& name) {
    if (::mkdir(name.c_str(), 0700) == 0 || errno == EEXIST) return result<void>();
    return refused_by_system(name, "mkdir", errno);
}

result<void> sync_directory(const path& name) {
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return refused_by_system(name, "open", errno);
    const int synced = ::fsync(descriptor);
    const int number = errno;
    ::close(descriptor);
    if (synced != 0) return refused_by_system(name, "fsync", number);
    return result<void>();
}

result<void> make_durable_directory(const path& directory, const directory_calls& calls) {
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
    if (at.has_relative_path()) static_cast<void>(calls.sync(at.parent_path()));
    for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
        auto made = calls.make(*each);
        if (made) made = calls.sync(each->parent_path());
        if (!made) return made;
    }
    return result<void>();
}

} // namespace sluice
