// base: polynomials over GF(2) modulo a CRC's own, in the reflected order that the CRCs use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice::gf2 {

/// Arithmetic modulo the CRC polynomial `Poly` (reflected, without its highest term).
/// The highest bit of a word is the coefficient of x^0, the lowest that of x^(bits-1).
template <class Word, Word Poly>
struct field {
    static constexpr int bits = std::numeric_limits<Word>::digits;
    static constexpr Word one = Word{1} << (bits - 1);

    static constexpr Word times_x(Word a) {
        return static_cast<Word>((a >> 1) ^ (Poly & static_cast<Word>(Word{0} - (a & 1))));
    }
    static constexpr Word multiply(Word a, Word b) {
        // Masks, no branches: which bits are set is as good as random.
        Word product = 0;
        for (int n = bits - 1; n >= 0; --n) {
            product ^= b & static_cast<Word>(Word{0} - ((a >> n) & 1));
            b = times_x(b);
        }
        return product;
    }
    /// x^n for small n, where the compiler is to know it.
    static constexpr Word x_power(unsigned n) {
        Word power = one;
        while (n-- > 0)
            power = times_x(power);
        return power;
    }
    /// a · x^(8·bytes): what `bytes` zero bytes after a message do to its CRC register.
    static Word shift(Word a, std::uint64_t bytes) { return shift(a, bytes, multiply); }
    /// The same with another way to multiply.
    template <class Multiply>
    static Word shift(Word a, std::uint64_t bytes, Multiply&& times) {
        for (std::size_t i = 3; bytes != 0; ++i, bytes >>= 1)
            if ((bytes & 1) != 0) a = times(a, squares[i]);
        return a;
    }

  private:
    /// x^(2^i).
    static constexpr std::array<Word, 67> make_squares() {
        std::array<Word, 67> powers{};
        powers[0] = one >> 1;
        for (std::size_t i = 1; i < powers.size(); ++i)
            powers[i] = multiply(powers[i - 1], powers[i - 1]);
        return powers;
    }
    static constexpr std::array<Word, 67> squares = make_squares();
};

/// Tables for eight bytes at a time: table[k][b] is the effect of byte b with k bytes behind it.
template <class Word, Word Poly>
constexpr std::array<std::array<Word, 256>, 8> slicing_tables() {
    std::array<std::array<Word, 256>, 8> table{};
    for (std::size_t b = 0; b < 256; ++b) {
        auto word = static_cast<Word>(b);
        for (int i = 0; i < 8; ++i)
            word = field<Word, Poly>::times_x(word);
        table[0][b] = word;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t b = 0; b < 256; ++b) {
            const Word before = table[k - 1][b];
            table[k][b] = static_cast<Word>(before >> 8) ^ table[0][before & 0xff];
        }
    return table;
}

/// The register after `size` bytes at `data`, by table: for tails, and where the CPU has nothing
/// better.
template <class Word>
Word by_table(
    const std::array<std::array<Word, 256>, 8>& table,
    Word crc,
    const unsigned char* data,
    std::size_t size
) {
    for (; size >= 8; data += 8, size -= 8) {
        std::uint64_t word = crc;
        for (int i = 0; i < 8; ++i)
            word ^= std::uint64_t{data[i]} << (8 * i);
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i)
            crc ^= table[7 - i][(word >> (8 * i)) & 0xff];
    }
    for (; size > 0; ++data, --size)
        crc = static_cast<Word>(crc >> 8) ^ table[0][(crc ^ *data) & 0xff];
    return crc;
}

} // namespace sluice::gf2
