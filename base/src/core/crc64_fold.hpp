// base: CRC-64/NVME by carry-less multiplication, where the CPU has it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::crc64_fold {

/// Reflected polynomial of CRC-64/NVME.
inline constexpr std::uint64_t polynomial = 0x9a6c9329ac4bc9b5;

/// Folds a prefix of the data into 16 bytes: the register after the prefix is that of these bytes
/// alone, begun with a register of zero. Returns how many bytes it has eaten: a multiple of 16, or
/// 0 when there are too few to begin with (then `folded` is untouched).
using fold_function = std::size_t (*)(
    std::uint64_t crc, const unsigned char* data, std::size_t size, unsigned char folded[16]
);

std::size_t fold_nothing(std::uint64_t, const unsigned char*, std::size_t, unsigned char*);
/// PCLMULQDQ: 128 bytes a round.
std::size_t fold_128(std::uint64_t, const unsigned char*, std::size_t, unsigned char*);
/// VPCLMULQDQ on 256-bit registers: 256 bytes a round, for CPUs without AVX-512.
std::size_t fold_256(std::uint64_t, const unsigned char*, std::size_t, unsigned char*);
/// VPCLMULQDQ on 512-bit registers: 256 bytes a round.
std::size_t fold_512(std::uint64_t, const unsigned char*, std::size_t, unsigned char*);

/// Two reflected words multiplied, not reduced: a polynomial of 128 coefficients. `high` holds
/// those below x^64, the highest bit of it that of x^0.
struct product {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// Needs what fold_128 needs.
product multiply_128(std::uint64_t a, std::uint64_t b);

/// The widest that this CPU has.
fold_function best();
/// What this CPU can run, for tests: `fold_nothing` is always among them.
bool runs_here(fold_function which);

} // namespace sluice::crc64_fold
