// engine: so much a second, as people write it. Pure.
#pragma once

#include <sluice/base/result.hpp>

#include <string>

namespace sluice {

/// Bytes a second: a size, with or without "/s", as in 5MiB/s. At least 16KiB: below that, servers
/// would take a body for stalled. Errors: errc::invalid_argument.
result<double> parse_byte_rate(const std::string& text);
/// Requests a second: a number of at least 1, with or without "/s". Errors: errc::invalid_argument.
result<double> parse_request_rate(const std::string& text);

} // namespace sluice
