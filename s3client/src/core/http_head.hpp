// s3client: what stands before a body, as values. No parser here, no socket.
#pragma once

#include "field_list.hpp"
#include "target.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

using header = field; ///< its name in lower case
using header_list = field_list;

/// An answer's status line and headers.
struct response_head {
    unsigned status = 0;
    header_list headers;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = false; ///< the server means to keep the connection

    /// The first value of `name` (lower case).
    std::optional<std::string_view> find(std::string_view name) const { return headers.find(name); }
    /// The same, empty where there is none.
    std::string_view text(std::string_view name) const {
        return find(name).value_or(std::string_view());
    }
    /// As new, but its room stays.
    void clear();
};

/// Whether a text may be written into a request's head: no byte below 0x20, no 0x7f.
/// This is the one check between a caller's text and the wire: Beast would write CRLF as it is.
bool is_header_safe(std::string_view text);
/// Whether a text can name a header: RFC 9110 token, lower case.
bool is_header_name(std::string_view text);
/// s3_errc::unsafe_input naming the first header that cannot be written, if any.
std::optional<failure> find_unsafe_header(const header_list& headers);

/// A request's head as it goes over the wire, its headers in their order, behind what is in `to`.
void append_request_head(
    std::string& to,
    std::string_view method,
    const written_target& target,
    const header_list& headers
);
/// The same as a text; `wire_target` is path and query.
std::string write_request_head(
    std::string_view method, std::string_view wire_target, const header_list& headers
);

} // namespace sluice::s3
