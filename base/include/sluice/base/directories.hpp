// base: directories whose names are on the disk before anything depends on them.
#pragma once

#include <sluice/base/result.hpp>

#include <filesystem>
#include <functional>

namespace sluice {

/// What a call of the operating system answered about a file or directory. Codes: disk_full (with
/// the way out), not_found, else io_error.
failure refused_by_system(const std::filesystem::path& name, const char* call, int number);

/// 0700; success when it is there already. Errors: disk_full, io_error, not_found.
result<void> make_directory(const std::filesystem::path& name);
/// Makes the names in it durable. Errors: the same.
result<void> sync_directory(const std::filesystem::path& name);

/// The two calls, which a test may put others in the place of.
struct directory_calls {
    std::function<result<void>(const std::filesystem::path&)> make = make_directory;
    std::function<result<void>(const std::filesystem::path&)> sync = sync_directory;
};

/// Makes a directory and what is missing of the path to it, each 0700, and makes each new name
/// durable in the directory above it. Errors: those of the calls.
result<void> make_durable_directory(
    const std::filesystem::path& directory, const directory_calls& calls = directory_calls()
);

} // namespace sluice
