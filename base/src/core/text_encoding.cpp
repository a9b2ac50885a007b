// base: bytes as hex, base64 and percent-encoded text, and back.
#include <sluice/base/text.hpp>

#include <array>

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

std::string percent_encode_except(std::string_view raw, char kept) {
    std::string text;
    text.reserve(raw.size());
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
    return text;
}

/// Four base64 digits, of which the last `padding` are '=', as 24 bits; negative when malformed.
std::int32_t base64_quad(std::string_view four, std::size_t padding) {
    std::int32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const bool pad = i >= 4 - padding;
        const int value = pad ? 0 : base64_values[static_cast<unsigned char>(four[i])];
        if (value < 0) return -1;
        bits = (bits << 6) | value;
    }
    const std::int32_t unused = (1 << (8 * padding)) - 1;
    return (bits & unused) != 0 ? -1 : bits;
}

} // namespace

std::string hex(bytes_view data) {
    std::string text;
    text.reserve(data.size() * 2);
    for (const std::byte b : data) {
        text += lower_digits[std::to_integer<unsigned>(b) >> 4];
        text += lower_digits[std::to_integer<unsigned>(b) & 15];
    }
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
    std::string text;
    text.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const std::size_t have = data.size() - i < 3 ? data.size() - i : 3;
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = (bits << 8) | (k < have ? std::to_integer<std::uint32_t>(data[i + k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= have ? base64_digits[(bits >> (18 - 6 * k)) & 63] : '=';
    }
    return text;
}

std::optional<byte_vector> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    byte_vector bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::size_t padding = 0;
        if (i + 4 == text.size() && text[i + 3] == '=') padding = text[i + 2] == '=' ? 2 : 1;
        const std::int32_t bits = base64_quad(text.substr(i, 4), padding);
        if (bits < 0) return std::nullopt;
        for (std::size_t k = 0; k + padding < 3; ++k)
            bytes.push_back(static_cast<std::byte>(bits >> (16 - 8 * k)));
    }
    return bytes;
}

std::string percent_encode(std::string_view raw) {
    return percent_encode_except(raw, 0);
}

std::string percent_encode_path(std::string_view raw) {
    return percent_encode_except(raw, '/');
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
