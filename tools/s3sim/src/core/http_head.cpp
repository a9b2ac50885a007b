// s3sim: reads request heads. Anything unusual is refused rather than guessed.
#include "core/http_head.hpp"

#include <algorithm>

namespace sluice::sim {

namespace head_detail {

refusal bad(std::string message) {
    return refuse(400, "BadRequest", std::move(message));
}

bool token_byte(char c) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != others.npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), token_byte);
}

bool control_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts the next line off `text`; false when it does not end with CRLF.
bool next_line(std::string_view& text, std::string_view& line) {
    const auto end = text.find('\n');
    if (end == text.npos || end == 0 || text[end - 1] != '\r') return false;
    line = text.substr(0, end - 1);
    text.remove_prefix(end + 1);
    return true;
}

outcome<void> parse_request_line(std::string_view line, request_head& head) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || last == first) return bad("malformed request line");
    const auto version = line.substr(last + 1);
    const auto target = line.substr(first + 1, last - first - 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("unknown HTTP version");
    if (!is_token(line.substr(0, first))) return bad("malformed method");
    const auto forbidden = [](char c) {
        return control_byte(c) || c == ' ' || c == '\t' || c == '#';
    };
    if (target.empty() || target[0] != '/') return bad("the target must begin with '/'");
    if (std::any_of(target.begin(), target.end(), forbidden))
        return bad("forbidden byte in target");
    head.method = std::string(line.substr(0, first));
    head.target = std::string(target);
    head.keep_alive = version == "HTTP/1.1";
    return {};
}

outcome<void> parse_header_line(std::string_view line, request_head& head) {
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) return bad("malformed header line");
    const auto value = trimmed(line.substr(colon + 1));
    if (std::any_of(value.begin(), value.end(), control_byte))
        return bad("control byte in a header");
    head.headers.push_back({lower(line.substr(0, colon)), std::string(value)});
    return {};
}

outcome<void> check_unique(const request_head& head) {
    for (const std::string_view name : {"host", "content-length", "authorization", "x-amz-date"}) {
        const auto same = [name](const header& one) { return one.name == name; };
        if (std::count_if(head.headers.begin(), head.headers.end(), same) > 1) {
            return bad("header " + std::string(name) + " is repeated");
        }
    }
    return {};
}

} // namespace head_detail

const std::string* request_head::find(std::string_view name) const {
    for (const auto& one : headers) {
        if (one.name == name) return &one.value;
    }
    return nullptr;
}

std::string_view request_head::get(std::string_view name) const {
    const auto* value = find(name);
    return value ? std::string_view(*value) : std::string_view();
}

outcome<request_head> parse_head(std::string_view text) {
    request_head head;
    std::string_view line;
    if (!head_detail::next_line(text, line)) return head_detail::bad("malformed line end");
    if (auto done = head_detail::parse_request_line(line, head); !done) return done.error();
    while (true) {
        if (!head_detail::next_line(text, line)) return head_detail::bad("malformed line end");
        if (line.empty()) break;
        if (auto done = head_detail::parse_header_line(line, head); !done) return done.error();
    }
    if (auto done = head_detail::check_unique(head); !done) return done.error();
    if (!head.find("host")) return head_detail::bad("header host is missing");
    const auto connection = head_detail::lower(head.get("connection"));
    if (connection == "close") head.keep_alive = false;
    if (connection == "keep-alive") head.keep_alive = true;
    return head;
}

outcome<std::optional<std::uint64_t>> body_length(const request_head& head) {
    using length = std::optional<std::uint64_t>;
    if (head.find("transfer-encoding")) {
        return refuse(
            501, "NotImplemented", "bodies must have a Content-Length, not a Transfer-Encoding"
        );
    }
    const auto* text = head.find("content-length");
    if (!text) return length();
    const auto size = parse_number(*text);
    if (!size) return head_detail::bad("malformed Content-Length");
    return length(size);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.empty() || text.size() > 19) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

} // namespace sluice::sim
