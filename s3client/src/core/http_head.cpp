// s3client: headers found, checked and written down.
#include "http_head.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>

namespace sluice::s3 {

namespace {

void append_headers(std::string& to, const header_list& headers) {
    for (const header each : headers)
        to.append(each.name).append(": ").append(each.value).append("\r\n");
    to.append("\r\n");
}

} // namespace

void response_head::clear() {
    status = 0;
    headers.clear();
    content_length.reset();
    chunked = keep_alive = false;
}

bool is_header_safe(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7f;
    });
}

bool is_header_name(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

std::optional<failure> find_unsafe_header(const header_list& headers) {
    for (const header each : headers) {
        if (is_header_name(each.name) && is_header_safe(each.value)) continue;
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = is_header_name(each.name)
                        ? "control bytes in the value for the header " + std::string(each.name)
                        : "a header name that HTTP does not allow (use a-z, 0-9 and '-')";
        return why;
    }
    return std::nullopt;
}

void append_request_head(
    std::string& to,
    std::string_view method,
    const written_target& target,
    const header_list& headers
) {
    to.append(method).append(" ").append(target.path);
    if (!target.query.empty()) to.append("?").append(target.query);
    to.append(" HTTP/1.1\r\n");
    append_headers(to, headers);
}

std::string write_request_head(
    std::string_view method, std::string_view wire_target, const header_list& headers
) {
    std::string text;
    text.reserve(1024);
    text.append(method).append(" ").append(wire_target).append(" HTTP/1.1\r\n");
    append_headers(text, headers);
    return text;
}

} // namespace sluice::s3
