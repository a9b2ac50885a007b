// stream: finding a stream by its name.
#pragma once

#include "log_paths.hpp"

#include <string>
#include <vector>

namespace sluice::log {

failure bad_name(const std::string& name);

/// The streams of a directory, by name.
std::vector<std::string> names_in(const path& directory);

/// Errors: errc::invalid_argument (name); no_such_stream, telling which one may be meant; damaged;
/// errc::unsupported_version.
result<stream_place>
find_stream(file_system& files, const path& directory, const std::string& name);

} // namespace sluice::log
