// base: words for memory, and one file's idea of a growing byte string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

using bytes_view = std::span<const std::byte>;
using bytes_span = std::span<std::byte>;
using byte_vector = std::vector<std::byte>;

inline bytes_view as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes_view bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline void append(byte_vector& to, bytes_view more) {
    to.insert(to.end(), more.begin(), more.end());
}

namespace literals {
constexpr std::uint64_t operator""_KiB(unsigned long long n) {
    return n << 10;
}
constexpr std::uint64_t operator""_MiB(unsigned long long n) {
    return n << 20;
}
constexpr std::uint64_t operator""_GiB(unsigned long long n) {
    return n << 30;
}
} // namespace literals

} // namespace sluice
