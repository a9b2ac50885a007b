// base: CRC-32 (IEEE 802.3), by table.
#include "gf2.hpp"

#include <sluice/base/legacy_hash.hpp>

namespace sluice {

namespace {

constexpr std::uint32_t crc32_polynomial = 0xedb88320;

using crc32_field = gf2::field<std::uint32_t, crc32_polynomial>;

constexpr auto crc32_tables = gf2::slicing_tables<std::uint32_t, crc32_polynomial>();

} // namespace

std::uint32_t crc32(bytes_view data, std::uint32_t before) {
    const auto* from = reinterpret_cast<const unsigned char*>(data.data());
    return ~gf2::by_table(crc32_tables, ~before, from, data.size());
}

std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b) {
    return crc32_field::shift(a, length_b) ^ b;
}

} // namespace sluice
