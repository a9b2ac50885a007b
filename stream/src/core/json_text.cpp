// stream: JSON of events, written straight into the memory that will be sent.
#include "json_text.hpp"

#include <sluice/base/text.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace sluice {

namespace {

constexpr std::uint64_t every_byte(std::uint64_t value) {
    return value * 0x0101010101010101u;
}

/// Sets the highest bit of each byte of `word` that is below `limit` (at most 0x80); of bytes
/// behind such a one, and of those from 0x80, it may be set in vain.
constexpr std::uint64_t below(std::uint64_t word, std::uint64_t limit) {
    return (word - every_byte(limit)) & ~word;
}

/// Whether one of eight bytes may need an escape: a control character, '"' or '\'.
bool may_need_escape(std::uint64_t word) {
    const std::uint64_t found =
        below(word, 0x20) | below(word ^ every_byte('"'), 1) | below(word ^ every_byte('\\'), 1);
    return (found & every_byte(0x80)) != 0;
}

/// How many bytes from the front of `text` can be copied as they are.
std::size_t plain_length(std::string_view text) {
    std::size_t at = 0;
    for (; text.size() - at >= 8; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + at, sizeof word);
        if (may_need_escape(word)) break;
    }
    for (; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c == '"' || c == '\\') break;
    }
    return at;
}

std::string_view escape_of(char c, std::array<char, 6>& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    text = {'\\', c, '0', '0', '0', '0'};
    switch (c) {
    case '\b':
        text[1] = 'b';
        break;
    case '\f':
        text[1] = 'f';
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\r':
        text[1] = 'r';
        break;
    case '\t':
        text[1] = 't';
        break;
    case '"':
    case '\\':
        break;
    default:
        text[1] = 'u';
        text[4] = digits[static_cast<unsigned char>(c) >> 4];
        text[5] = digits[static_cast<unsigned char>(c) & 15];
        return {text.data(), 6};
    }
    return {text.data(), 2};
}

} // namespace

json_text::json_text(buffer memory) : memory_(std::move(memory)) {
    memory_.reset(memory_.capacity());
}

void json_text::grow(std::size_t more) {
    buffer larger(std::max(size_ + more, 2 * memory_.size()));
    if (size_ > 0) std::memcpy(larger.span().data(), memory_.span().data(), size_);
    memory_ = std::move(larger);
}

void json_text::put_number(std::int64_t number) {
    room(20);
    size_ =
        static_cast<std::size_t>(std::to_chars(end(), end() + 20, number).ptr - (end() - size_));
}

void json_text::put_string(std::string_view text) {
    room(text.size() + 2);
    put('"');
    while (true) {
        const std::size_t plain = plain_length(text);
        put(text.substr(0, plain));
        if (plain == text.size()) break;
        std::array<char, 6> escaped;
        put(escape_of(text[plain], escaped));
        text.remove_prefix(plain + 1);
    }
    put('"');
}

void json_text::put_base64(bytes_view bytes) {
    put('"');
    put(base64(bytes));
    put('"');
}

void json_text::put_bytes(bytes_view bytes) {
    const std::string_view text = as_text(bytes);
    if (text.empty() || simdjson::validate_utf8(text)) {
        put_string(text);
        return;
    }
    put("{\"base64\":");
    put_base64(bytes);
    put('}');
}

void json_text::put_optional(const std::optional<bytes_view>& bytes) {
    if (bytes) {
        put_bytes(*bytes);
    } else {
        put("null");
    }
}

void json_text::put_timestamp(std::int64_t micros) {
    constexpr std::int64_t per_second = 1'000'000;
    std::int64_t fraction = micros % per_second;
    if (fraction < 0) fraction += per_second;
    const std::int64_t second = micros / per_second - (micros % per_second < 0 ? 1 : 0);
    if (second != second_ || second_text_.empty()) {
        const auto whole = format_timestamp(micros);
        if (!whole) return put_number(micros);
        second_ = second;
        second_text_ = whole->substr(0, whole->size() - 7);
    }
    char digits[6];
    for (int i = 5; i >= 0; --i, fraction /= 10)
        digits[i] = static_cast<char>('0' + fraction % 10);
    put('"');
    put(second_text_);
    put({digits, sizeof digits});
    put("Z\"");
}

buffer json_text::finish() {
    memory_.shrink(size_);
    size_ = 0;
    return std::move(memory_);
}

} // namespace sluice
