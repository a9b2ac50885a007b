// test: CRC-32C against its definition.
#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

std::uint32_t crc32c_by_bits(sluice::bytes_view data) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const std::byte b : data) {
        crc ^= std::to_integer<std::uint32_t>(b);
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crc32c)

BOOST_AUTO_TEST_CASE(published_values_hold) {
    BOOST_TEST(sluice::crc32c(sluice::as_bytes("123456789")) == 0xe3069283u);
    BOOST_TEST(sluice::crc32c({}) == 0u);
    // RFC 3720, B.4: 32 bytes of zeroes, of ones, and rising.
    sluice::byte_vector bytes(32, std::byte{0});
    BOOST_TEST(sluice::crc32c(bytes) == 0x8a9136aau);
    bytes.assign(32, std::byte{0xff});
    BOOST_TEST(sluice::crc32c(bytes) == 0x62a8ab43u);
    for (std::size_t i = 0; i < 32; ++i)
        bytes[i] = static_cast<std::byte>(i);
    BOOST_TEST(sluice::crc32c(bytes) == 0x46dd794eu);
}

BOOST_AUTO_TEST_CASE(it_agrees_with_the_definition_continues_and_combines) {
    std::mt19937 generator(7);
    sluice::byte_vector bytes(700);
    for (auto& b : bytes)
        b = static_cast<std::byte>(generator());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto all = sluice::bytes_view(bytes).first(size);
        const std::size_t cut = size == 0 ? 0 : generator() % size;
        const std::uint32_t a = sluice::crc32c(all.first(cut));
        const std::uint32_t b = sluice::crc32c(all.subspan(cut));
        const std::uint32_t expected = crc32c_by_bits(all);
        BOOST_TEST_REQUIRE(sluice::crc32c(all) == expected);
        BOOST_TEST_REQUIRE(sluice::crc32c(all.subspan(cut), a) == expected);
        BOOST_TEST_REQUIRE(sluice::crc32c_combine(a, b, size - cut) == expected);
    }
}

BOOST_AUTO_TEST_CASE(s3_carries_it_big_endian_in_base64) {
    BOOST_TEST(sluice::crc32_base64(0xe3069283u) == "4waSgw==");
}

BOOST_AUTO_TEST_SUITE_END()
