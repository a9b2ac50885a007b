// base: CRC-32C (Castagnoli), by the instruction that x86 has for it or by table.
#include "gf2.hpp"

#include <sluice/base/hash.hpp>

#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace sluice {

namespace {

constexpr std::uint32_t crc32c_polynomial = 0x82f63b78;

using crc32c_field = gf2::field<std::uint32_t, crc32c_polynomial>;

constexpr auto crc32c_tables = gf2::slicing_tables<std::uint32_t, crc32c_polynomial>();

std::uint32_t crc32c_by_table(std::uint32_t crc, const unsigned char* from, std::size_t size) {
    return gf2::by_table(crc32c_tables, crc, from, size);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t
crc32c_by_instruction(std::uint32_t crc, const unsigned char* from, std::size_t size) {
    std::uint64_t wide = crc;
    for (; size >= 8; from += 8, size -= 8) {
        std::uint64_t word;
        std::memcpy(&word, from, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (; size > 0; ++from, --size)
        narrow = _mm_crc32_u8(narrow, *from);
    return narrow;
}
#endif

using crc32c_function = std::uint32_t (*)(std::uint32_t, const unsigned char*, std::size_t);

crc32c_function best_crc32c() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2") != 0) return crc32c_by_instruction;
#endif
    return crc32c_by_table;
}

} // namespace

std::uint32_t crc32c(bytes_view data, std::uint32_t before) {
    static const crc32c_function update = best_crc32c();
    return ~update(~before, reinterpret_cast<const unsigned char*>(data.data()), data.size());
}

std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b) {
    return crc32c_field::shift(a, length_b) ^ b;
}

} // namespace sluice
