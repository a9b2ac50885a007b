// s3client: points in time as SigV4 and HTTP write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// "20130524T000000Z"; its first eight characters are the day of the signing scope.
std::string format_amz_date(std::chrono::sys_seconds when);
void append_amz_date(std::string& text, std::chrono::sys_seconds when);
/// "Fri, 24 May 2013 00:00:00 GMT" (IMF-fixdate, the only form servers send today).
std::string format_http_date(std::chrono::sys_seconds when);
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

} // namespace sluice::s3
