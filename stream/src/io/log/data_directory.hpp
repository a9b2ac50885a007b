// stream: the directory that streams lie in.
#pragma once

#include "file_system.hpp"

namespace sluice::log {

/// Makes a directory and what is missing of the path to it, each 0700, and makes each new name
/// durable in the directory above it. Errors: those of the calls.
result<void> make_data_directory(file_system& files, const path& directory);

/// Locks and syncs of network file systems promise less than the log needs. Errors:
/// errc::invalid_argument, naming the file system, what may happen there, and `way_out`.
result<void> check_disk(file_system& files, const path& directory, const std::string& way_out);

} // namespace sluice::log
