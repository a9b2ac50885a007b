// s3sim: the three ways S3 writes a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sim {

using std::chrono::sys_seconds;

std::string http_date(sys_seconds when);  ///< "Fri, 24 May 2013 00:00:00 GMT"
std::string xml_date(sys_seconds when);   ///< "2013-05-24T00:00:00.000Z"
std::string basic_date(sys_seconds when); ///< "20130524T000000Z"
/// Reads the basic form; nullopt when malformed.
std::optional<sys_seconds> parse_basic_date(std::string_view text);

} // namespace sluice::sim
