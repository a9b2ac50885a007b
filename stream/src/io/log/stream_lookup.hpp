// stream: finding a stream by its name.
#pragma once

#include "log_paths.hpp"

#include <string>
#include <vector>

namespace sluice::log {

failure bad_name(const std::string& name);

/// The streams of a directory, by name; none where there is no such directory. Errors: io_error: a
/// directory that cannot be read is not taken for an empty one.
result<std::vector<std::string>> names_in(const path& directory);

/// Errors: errc::invalid_argument (name); no_such_stream, telling which one may be meant; damaged;
/// errc::unsupported_version.
result<stream_place>
find_stream(file_system& files, const path& directory, const std::string& name);

} // namespace sluice::log
