// base: folding for CRC-64/NVME. After Gopal et al., "Fast CRC Computation for Generic Polynomials
// Using PCLMULQDQ Instruction" (Intel, 2009), reflected form; constants are computed, not copied.
#include "crc64_fold.hpp"

#include "gf2.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice::crc64_fold {

std::size_t fold_nothing(std::uint64_t, const unsigned char*, std::size_t, unsigned char*) {
    return 0;
}

#if defined(__x86_64__)

namespace {

using crc64_field = gf2::field<std::uint64_t, polynomial>;

// A carry-less product of two reflected words is the product of the polynomials times x in a
// 128-bit register, hence the exponents less one. The low word holds the higher powers.
constexpr long long low_factor(unsigned distance_bits) {
    return static_cast<long long>(crc64_field::x_power(distance_bits + 63));
}
constexpr long long high_factor(unsigned distance_bits) {
    return static_cast<long long>(crc64_field::x_power(distance_bits - 1));
}

#define SLUICE_FOLD_128 __attribute__((target("sse2,pclmul")))
#define SLUICE_FOLD_256 __attribute__((target("avx2,pclmul,vpclmulqdq")))
#define SLUICE_FOLD_512 __attribute__((target("sse2,pclmul,avx512f,avx512vl,vpclmulqdq")))

SLUICE_FOLD_128 inline __m128i load_128(const unsigned char* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

/// `value` moved towards higher powers by the distance of `factors`, plus `next`.
SLUICE_FOLD_128 inline __m128i fold_onto(__m128i value, __m128i factors, __m128i next) {
    const __m128i low = _mm_clmulepi64_si128(value, factors, 0x00);
    const __m128i high = _mm_clmulepi64_si128(value, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/// Folds lanes of one round into one, and then whole 16-byte blocks; returns the bytes eaten.
SLUICE_FOLD_128 inline std::size_t finish_128(
    const __m128i* lanes,
    int count,
    const unsigned char* data,
    std::size_t done,
    std::size_t size,
    unsigned char* folded
) {
    constexpr long long low = low_factor(128);
    constexpr long long high = high_factor(128);
    const __m128i factors = _mm_set_epi64x(high, low);
    __m128i value = lanes[0];
    for (int i = 1; i < count; ++i)
        value = fold_onto(value, factors, lanes[i]);
    for (; size - done >= 16; done += 16)
        value = fold_onto(value, factors, load_128(data + done));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), value);
    return done;
}

SLUICE_FOLD_256 inline __m256i load_256(const unsigned char* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

SLUICE_FOLD_256 inline __m256i fold_onto_256(__m256i value, __m256i factors, __m256i next) {
    const __m256i low = _mm256_clmulepi64_epi128(value, factors, 0x00);
    const __m256i high = _mm256_clmulepi64_epi128(value, factors, 0x11);
    return _mm256_xor_si256(_mm256_xor_si256(low, high), next);
}

SLUICE_FOLD_512 inline __m512i fold_onto_512(__m512i value, __m512i factors, __m512i next) {
    const __m512i low = _mm512_clmulepi64_epi128(value, factors, 0x00);
    const __m512i high = _mm512_clmulepi64_epi128(value, factors, 0x11);
    return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

} // namespace

SLUICE_FOLD_128 std::size_t
fold_128(std::uint64_t crc, const unsigned char* data, std::size_t size, unsigned char* folded) {
    if (size < 128) return 0;
    __m128i lanes[8];
    for (int i = 0; i < 8; ++i)
        lanes[i] = load_128(data + 16 * i);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi64_si128(static_cast<long long>(crc)));
    constexpr long long low = low_factor(1024);
    constexpr long long high = high_factor(1024);
    const __m128i factors = _mm_set_epi64x(high, low);
    std::size_t done = 128;
    for (; size - done >= 128; done += 128)
        for (int i = 0; i < 8; ++i)
            lanes[i] = fold_onto(lanes[i], factors, load_128(data + done + 16 * i));
    return finish_128(lanes, 8, data, done, size, folded);
}

SLUICE_FOLD_256 std::size_t
fold_256(std::uint64_t crc, const unsigned char* data, std::size_t size, unsigned char* folded) {
    if (size < 256) return fold_128(crc, data, size, folded);
    __m256i lanes[8];
    for (int i = 0; i < 8; ++i)
        lanes[i] = load_256(data + 32 * i);
    lanes[0] = _mm256_xor_si256(lanes[0], _mm256_set_epi64x(0, 0, 0, static_cast<long long>(crc)));
    constexpr long long low = low_factor(2048);
    constexpr long long high = high_factor(2048);
    const __m256i factors = _mm256_set_epi64x(high, low, high, low);
    std::size_t done = 256;
    for (; size - done >= 256; done += 256)
        for (int i = 0; i < 8; ++i)
            lanes[i] = fold_onto_256(lanes[i], factors, load_256(data + done + 32 * i));
    __m128i narrow[16];
    for (int i = 0; i < 8; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(narrow + 2 * i), lanes[i]);
    return finish_128(narrow, 16, data, done, size, folded);
}

SLUICE_FOLD_512 std::size_t
fold_512(std::uint64_t crc, const unsigned char* data, std::size_t size, unsigned char* folded) {
    if (size < 256) return fold_128(crc, data, size, folded);
    __m512i lanes[4];
    for (int i = 0; i < 4; ++i)
        lanes[i] = _mm512_loadu_si512(data + 64 * i);
    const __m512i start = _mm512_maskz_set1_epi64(1, static_cast<long long>(crc));
    lanes[0] = _mm512_xor_si512(lanes[0], start);
    constexpr long long low = low_factor(2048);
    constexpr long long high = high_factor(2048);
    const __m512i factors = _mm512_set_epi64(high, low, high, low, high, low, high, low);
    std::size_t done = 256;
    for (; size - done >= 256; done += 256)
        for (int i = 0; i < 4; ++i) {
            const __m512i next = _mm512_loadu_si512(data + done + 64 * i);
            lanes[i] = fold_onto_512(lanes[i], factors, next);
        }
    __m128i narrow[16];
    for (int i = 0; i < 4; ++i)
        _mm512_storeu_si512(narrow + 4 * i, lanes[i]);
    return finish_128(narrow, 16, data, done, size, folded);
}

SLUICE_FOLD_128 product multiply_128(std::uint64_t a, std::uint64_t b) {
    const __m128i whole = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128(static_cast<long long>(a)),
        _mm_cvtsi64_si128(static_cast<long long>(b)),
        0
    );
    const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(whole));
    const auto high =
        static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(whole, whole)));
    // Of 127 coefficients, in the lower bits: one step up puts x^0 where it belongs.
    return product{low << 1, high << 1 | low >> 63};
}

#undef SLUICE_FOLD_128
#undef SLUICE_FOLD_256
#undef SLUICE_FOLD_512

bool runs_here(fold_function which) {
    const bool narrow = __builtin_cpu_supports("pclmul") != 0;
    const bool wide = narrow && __builtin_cpu_supports("avx512f") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0 &&
                      __builtin_cpu_supports("vpclmulqdq") != 0;
    const bool middle =
        narrow && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("vpclmulqdq") != 0;
    if (which == fold_512) return wide;
    if (which == fold_256) return middle;
    if (which == fold_128) return narrow;
    return true;
}

#else

std::size_t fold_128(std::uint64_t, const unsigned char*, std::size_t, unsigned char*) {
    return 0;
}

std::size_t fold_256(std::uint64_t, const unsigned char*, std::size_t, unsigned char*) {
    return 0;
}

std::size_t fold_512(std::uint64_t, const unsigned char*, std::size_t, unsigned char*) {
    return 0;
}

product multiply_128(std::uint64_t, std::uint64_t) {
    return product();
}

bool runs_here(fold_function which) {
    return which == fold_nothing;
}

#endif

fold_function best() {
    if (runs_here(fold_512)) return fold_512;
    if (runs_here(fold_256)) return fold_256;
    if (runs_here(fold_128)) return fold_128;
    return fold_nothing;
}

} // namespace sluice::crc64_fold
