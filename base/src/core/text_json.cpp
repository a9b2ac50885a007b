// base: UTF-8 and the strings of JSON.
#include <sluice/base/text.hpp>

#include <cstring>

namespace sluice {

namespace {

/// Length of the well-formed sequence at the front of `text` (Unicode, table 3-7); 0 when none.
std::size_t sequence_length(const unsigned char* text, std::size_t size) {
    const unsigned lead = text[0];
    if (lead < 0x80) return 1;
    const auto continues = [&](std::size_t at, unsigned low = 0x80, unsigned high = 0xbf) {
        return at < size && text[at] >= low && text[at] <= high;
    };
    if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;  // no overlong forms
        const unsigned high = lead == 0xed ? 0x9f : 0xbf; // no surrogates
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xf4 ? 0x8f : 0xbf; // up to U+10FFFF
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& to, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    to += '\\';
    switch (c) {
    case '"':
    case '\\':
        to += c;
        return;
    case '\b':
        to += 'b';
        return;
    case '\f':
        to += 'f';
        return;
    case '\n':
        to += 'n';
        return;
    case '\r':
        to += 'r';
        return;
    case '\t':
        to += 't';
        return;
    default:
        break;
    }
    to += "u00";
    to += digits[static_cast<unsigned char>(c) >> 4];
    to += digits[static_cast<unsigned char>(c) & 15];
}

} // namespace

bool is_utf8(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t left = text.size();
    while (left > 0) {
        if (left >= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += 8;
                left -= 8;
                continue;
            }
        }
        const std::size_t length = sequence_length(at, left);
        if (length == 0) return false;
        at += length;
        left -= length;
    }
    return true;
}

void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        to.append(text.substr(plain, i - plain));
        append_escape(to, text[i]);
        plain = i + 1;
    }
    to.append(text.substr(plain));
    to += '"';
}

} // namespace sluice
