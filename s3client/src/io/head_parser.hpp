// s3client: the answer's head, parsed by Beast without its I/O.
#pragma once

#include "../core/http_head.hpp"

#include <string_view>

namespace sluice::s3 {

/// Heads longer than this are refused.
inline constexpr std::size_t most_head_bytes = 32 << 10;

/// The length of the head at the front of `text`, with the empty line; 0 while it is incomplete.
/// `searched`: so many bytes were found to hold no end; a head in single bytes is read once then.
std::size_t find_head_end(std::string_view text, std::size_t searched = 0);

/// `text` is exactly one head. Errors: s3_errc::malformed_answer, also for framing that two
/// readers could understand differently (a length and chunks).
/// `room` is that of a head that is done with.
result<response_head>
parse_response_head(std::string_view text, response_head&& room = response_head());

} // namespace sluice::s3
