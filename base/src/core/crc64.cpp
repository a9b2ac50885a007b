// base: CRC-64/NVME, the checksum that S3 carries for whole objects and parts alike.
#include "crc64.hpp"

#include "crc64_fold.hpp"
#include "gf2.hpp"

#include <sluice/base/hash.hpp>

#include <array>

namespace sluice {

namespace {

using crc64_field = gf2::field<std::uint64_t, crc64_fold::polynomial>;

constexpr auto crc64_tables = gf2::slicing_tables<std::uint64_t, crc64_fold::polynomial>();

/// The upper coefficients of a product are those of eight bytes with eight zero bytes behind them.
std::uint64_t multiply_by_instruction(std::uint64_t a, std::uint64_t b) {
    const crc64_fold::product whole = crc64_fold::multiply_128(a, b);
    unsigned char upper[8];
    for (int i = 0; i < 8; ++i)
        upper[i] = static_cast<unsigned char>(whole.low >> (8 * i));
    return gf2::by_table(crc64_tables, std::uint64_t{0}, upper, sizeof upper) ^ whole.high;
}

/// `a` with `bytes` zero bytes behind it. The same lengths come again and again (a block, a piece,
/// a part): what they stand for is kept.
std::uint64_t shift(std::uint64_t a, std::uint64_t bytes) {
    static const bool has_instruction = crc64_fold::runs_here(crc64_fold::fold_128);
    if (!has_instruction) return crc64_field::shift(a, bytes);
    struct known {
        std::uint64_t bytes = 0, factor = crc64_field::one;
    };
    thread_local std::array<known, 8> lately;
    known& here = lately[bytes % lately.size()];
    if (here.bytes != bytes)
        here = {bytes, crc64_field::shift(crc64_field::one, bytes, multiply_by_instruction)};
    return multiply_by_instruction(a, here.factor);
}

} // namespace

std::uint64_t crc64_with(crc64_fold::fold_function fold, bytes_view data, std::uint64_t before) {
    const auto* from = reinterpret_cast<const unsigned char*>(data.data());
    std::uint64_t crc = ~before;
    unsigned char folded[16];
    const std::size_t done = fold(crc, from, data.size(), folded);
    if (done > 0) crc = gf2::by_table(crc64_tables, std::uint64_t{0}, folded, sizeof folded);
    return ~gf2::by_table(crc64_tables, crc, from + done, data.size() - done);
}

std::uint64_t crc64nvme(bytes_view data, std::uint64_t before) {
    static const crc64_fold::fold_function fold = crc64_fold::best();
    return crc64_with(fold, data, before);
}

// Initial and final inversion cancel out between the parts, so the plain product remains.
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_b) {
    return shift(a, length_b) ^ b;
}

std::uint64_t crc64nvme_suffix(std::uint64_t whole, std::uint64_t a, std::uint64_t length_b) {
    return shift(a, length_b) ^ whole;
}

} // namespace sluice
