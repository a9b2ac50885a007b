// s3client: what stands before a body, as values. No parser here, no socket.
#pragma once

#include <sluice/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

struct header {
    std::string name; ///< lower case
    std::string value;
};
using header_list = std::vector<header>;

/// The first value of `name` (lower case), or null.
const std::string* find_header(const header_list& headers, std::string_view name);

/// An answer's status line and headers.
struct response_head {
    unsigned status = 0;
    header_list headers;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = false; ///< the server means to keep the connection

    const std::string* find(std::string_view name) const { return find_header(headers, name); }
};

/// Whether a text may be written into a request's head: no byte below 0x20, no 0x7f.
/// This is the one check between a caller's text and the wire: Beast would write CRLF as it is.
bool is_header_safe(std::string_view text);
/// Whether a text can name a header: RFC 9110 token, lower case.
bool is_header_name(std::string_view text);
/// s3_errc::unsafe_input naming the first header that cannot be written, if any.
std::optional<failure> find_unsafe_header(const header_list& headers);

/// A request's head as it goes over the wire, `wire_target` first line, headers in their order.
std::string write_request_head(
    std::string_view method, std::string_view wire_target, const header_list& headers
);

} // namespace sluice::s3
