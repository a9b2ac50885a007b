// s3sim: percent-encoding by two small loops.
#include "core/uri_text.hpp"

namespace sluice::sim {

namespace uri_detail {

bool plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

void put_escaped(std::string& to, char c) {
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to += '%';
    to += digits[byte / 16];
    to += digits[byte % 16];
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace uri_detail

std::string uri_encode(std::string_view raw, bool keep_slash) {
    std::string out;
    out.reserve(raw.size() + 16);
    for (const char c : raw) {
        const bool stays = uri_detail::plain(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
                           (keep_slash && c == '/');
        if (stays) {
            out += c;
        } else {
            uri_detail::put_escaped(out, c);
        }
    }
    return out;
}

std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = uri_detail::digit(text[i + 1]);
            const int low = uri_detail::digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::string listing_encode(std::string_view raw) {
    std::string out;
    out.reserve(raw.size() + 16);
    for (const char c : raw) {
        const bool stays =
            uri_detail::plain(c) || c == '-' || c == '.' || c == '_' || c == '*' || c == '/';
        if (stays) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            uri_detail::put_escaped(out, c);
        }
    }
    return out;
}

} // namespace sluice::sim
