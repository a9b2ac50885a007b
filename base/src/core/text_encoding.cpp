// base: bytes as hex, base64 and percent-encoded text, and back.
#include <sluice/base/text.hpp>

#include <array>
#include <cstring>

namespace sluice {

namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::array<signed char, 256> make_base64_values() {
    std::array<signed char, 256> values{};
    for (auto& value : values)
        value = -1;
    for (std::size_t i = 0; i < base64_digits.size(); ++i)
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<signed char>(i);
    return values;
}
constexpr auto base64_values = make_base64_values();

constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded_except(std::string& text, std::string_view raw, char kept) {
    for (const char c : raw) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c) || (kept != 0 && c == kept)) {
            text += c;
        } else {
            text += '%';
            text += upper_digits[byte >> 4];
            text += upper_digits[byte & 15];
        }
    }
}

/// Four base64 digits as 24 bits; negative when one of them is none.
std::int32_t base64_quad(const char* four) {
    std::int32_t bits = 0;
    std::int32_t wrong = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::int32_t value = base64_values[static_cast<unsigned char>(four[i])];
        bits = (bits << 6) | (value & 63);
        wrong |= value;
    }
    return wrong < 0 ? wrong : bits;
}

void place_base64_quad(char* to, std::uint32_t bits) {
    for (std::size_t k = 0; k < 4; ++k)
        to[k] = base64_digits[(bits >> (18 - 6 * k)) & 63];
}

/// The last four digits of a text, one or two of which are '='; false when malformed.
bool take_padded_quad(std::string_view four, byte_vector& to) {
    const std::size_t padding = four[2] == '=' ? 2 : 1;
    char digits[4] = {four[0], four[1], four[2], 'A'};
    if (padding == 2) digits[2] = 'A';
    const std::int32_t bits = base64_quad(digits);
    const std::int32_t unused = (1 << (8 * padding)) - 1;
    if (bits < 0 || (bits & unused) != 0) return false;
    for (std::size_t k = 0; k + padding < 3; ++k)
        to.push_back(static_cast<std::byte>(bits >> (16 - 8 * k)));
    return true;
}

} // namespace

void append_hex(std::string& to, bytes_view data) {
    const std::size_t before = to.size();
    to.resize(before + data.size() * 2);
    char* at = to.data() + before;
    for (const std::byte b : data) {
        *at++ = lower_digits[std::to_integer<unsigned>(b) >> 4];
        *at++ = lower_digits[std::to_integer<unsigned>(b) & 15];
    }
}

std::string hex(bytes_view data) {
    std::string text;
    append_hex(text, data);
    return text;
}

std::optional<byte_vector> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    byte_vector bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

std::string base64(bytes_view data) {
    std::string text((data.size() + 2) / 3 * 4, '=');
    char* to = text.data();
    const auto at = [&data](std::size_t i) { return std::to_integer<std::uint32_t>(data[i]); };
    std::size_t i = 0;
    for (; data.size() - i >= 3; i += 3, to += 4)
        place_base64_quad(to, at(i) << 16 | at(i + 1) << 8 | at(i + 2));
    const std::size_t left = data.size() - i;
    if (left == 0) return text;
    char last[4];
    place_base64_quad(last, at(i) << 16 | (left == 2 ? at(i + 1) << 8 : 0));
    std::memcpy(to, last, left + 1);
    return text;
}

std::optional<byte_vector> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const bool padded = !text.empty() && text.back() == '=';
    const std::size_t whole = text.size() / 4 - (padded ? 1 : 0);
    byte_vector bytes;
    bytes.reserve(whole * 3 + 2);
    bytes.resize(whole * 3);
    std::byte* to = bytes.data();
    for (std::size_t i = 0; i < whole; ++i, to += 3) {
        const std::int32_t bits = base64_quad(text.data() + 4 * i);
        if (bits < 0) return std::nullopt;
        to[0] = static_cast<std::byte>(bits >> 16);
        to[1] = static_cast<std::byte>(bits >> 8);
        to[2] = static_cast<std::byte>(bits);
    }
    if (padded && !take_padded_quad(text.substr(4 * whole), bytes)) return std::nullopt;
    return bytes;
}

void append_percent_encoded(std::string& to, std::string_view raw) {
    append_encoded_except(to, raw, 0);
}

void append_percent_encoded_path(std::string& to, std::string_view raw) {
    append_encoded_except(to, raw, '/');
}

std::string percent_encode(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    append_percent_encoded(text, raw);
    return text;
}

std::string percent_encode_path(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    append_percent_encoded_path(text, raw);
    return text;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string raw;
    raw.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            raw += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = hex_value(text[i + 1]);
        const int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        raw += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return raw;
}

} // namespace sluice
