// test: CRC-64/NVME against its definition, bit by bit.
#include "core/crc64.hpp"

#include "core/gf2.hpp"

#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using sluice::byte_vector;
using sluice::bytes_view;
namespace fold = sluice::crc64_fold;
using crc64_field = sluice::gf2::field<std::uint64_t, fold::polynomial>;

std::uint64_t crc64_by_bits(bytes_view data) {
    std::uint64_t crc = ~std::uint64_t{0};
    for (const std::byte b : data) {
        crc ^= std::to_integer<std::uint64_t>(b);
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? fold::polynomial : 0);
    }
    return ~crc;
}

byte_vector noise(std::size_t size, unsigned seed) {
    std::mt19937 generator(seed);
    byte_vector bytes(size);
    for (auto& b : bytes)
        b = static_cast<std::byte>(generator());
    return bytes;
}

const fold::fold_function all_ways[] = {
    fold::fold_nothing, fold::fold_128, fold::fold_256, fold::fold_512};

} // namespace

BOOST_AUTO_TEST_SUITE(crc64)

BOOST_AUTO_TEST_CASE(the_published_check_value_holds) {
    BOOST_TEST(sluice::crc64nvme(sluice::as_bytes("123456789")) == 0xae8b14860a799888u);
    BOOST_TEST(sluice::crc64nvme({}) == 0u);
}

BOOST_AUTO_TEST_CASE(every_way_agrees_with_the_definition_at_every_length) {
    const byte_vector bytes = noise(1200, 1);
    for (std::size_t size = 0; size <= 1100; ++size) {
        const bytes_view part = bytes_view(bytes).subspan(size % 17, size);
        const std::uint64_t expected = crc64_by_bits(part);
        for (const auto way : all_ways) {
            if (!fold::runs_here(way)) continue;
            BOOST_TEST_REQUIRE(sluice::crc64_with(way, part) == expected, "length " << size);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_continues_where_it_stopped) {
    const byte_vector bytes = noise(5000, 2);
    const bytes_view all(bytes);
    const std::uint64_t whole = sluice::crc64nvme(all);
    std::mt19937 generator(3);
    for (int round = 0; round < 200; ++round) {
        const std::size_t cut = generator() % (bytes.size() + 1);
        const std::uint64_t first = sluice::crc64nvme(all.first(cut));
        BOOST_TEST_REQUIRE(sluice::crc64nvme(all.subspan(cut), first) == whole);
    }
}

BOOST_AUTO_TEST_CASE(parts_combine_and_come_apart) {
    const byte_vector bytes = noise(70'000, 4);
    const bytes_view all(bytes);
    const std::uint64_t whole = sluice::crc64nvme(all);
    std::mt19937 generator(5);
    for (int round = 0; round < 200; ++round) {
        const std::size_t cut = round == 0 ? 0 : generator() % (bytes.size() + 1);
        const std::uint64_t a = sluice::crc64nvme(all.first(cut));
        const std::uint64_t b = sluice::crc64nvme(all.subspan(cut));
        const std::uint64_t length = bytes.size() - cut;
        BOOST_TEST_REQUIRE(sluice::crc64nvme_combine(a, b, length) == whole);
        BOOST_TEST_REQUIRE(sluice::crc64nvme_suffix(whole, a, length) == b);
    }
}

BOOST_AUTO_TEST_CASE(lengths_beyond_memory_combine_step_by_step) {
    const std::uint64_t a = sluice::crc64nvme(sluice::as_bytes("a"));
    const std::uint64_t half = std::uint64_t{1} << 39;
    const std::uint64_t once = sluice::crc64nvme_combine(a, 0, 2 * half);
    const std::uint64_t middle = sluice::crc64nvme_combine(a, 0, half);
    BOOST_TEST(sluice::crc64nvme_combine(middle, 0, half) == once);
}

BOOST_AUTO_TEST_CASE(a_shift_is_the_zero_bytes_it_stands_for) {
    const byte_vector zeros(5000);
    std::mt19937_64 generator(6);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t a = generator();
        const std::size_t length = round < 66 ? round : generator() % zeros.size();
        const bytes_view behind = bytes_view(zeros).first(length);
        const std::uint64_t expected = sluice::crc64nvme(behind, a);
        BOOST_TEST_REQUIRE(
            sluice::crc64nvme_combine(a, sluice::crc64nvme(behind), length) == expected
        );
        const std::uint64_t by_hand = crc64_field::shift(a, length);
        BOOST_TEST_REQUIRE((by_hand ^ sluice::crc64nvme(behind)) == expected);
    }
}

BOOST_AUTO_TEST_CASE(s3_carries_it_big_endian_in_base64) {
    BOOST_TEST(sluice::crc64_base64(0xae8b14860a799888u) == "rosUhgp5mIg=");
    BOOST_TEST(sluice::crc64_base64(1) == "AAAAAAAAAAE=");
}

BOOST_AUTO_TEST_SUITE_END()
