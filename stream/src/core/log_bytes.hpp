// stream: numbers of the log's files: little-endian, at fixed places.
#pragma once

#include <sluice/base/bytes.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice::log {

static_assert(
    std::endian::native == std::endian::little, "the log's files are written in the order of memory"
);

template <class Number>
void put(bytes_span to, std::size_t at, Number value) {
    std::memcpy(to.data() + at, &value, sizeof value);
}

template <class Number>
Number get(bytes_view from, std::size_t at) {
    Number value;
    std::memcpy(&value, from.data() + at, sizeof value);
    return value;
}

constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + 7) / 8 * 8;
}

} // namespace sluice::log
