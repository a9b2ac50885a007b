// test: CRC-32 against its definition, MD5 in pieces against MD5 at once.
#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <utility>

namespace {

std::uint32_t crc32_by_bits(sluice::bytes_view data) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const std::byte b : data) {
        crc ^= std::to_integer<std::uint32_t>(b);
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
    return ~crc;
}

} // namespace

BOOST_AUTO_TEST_SUITE(legacy_hash)

BOOST_AUTO_TEST_CASE(published_values_of_crc32_hold) {
    BOOST_TEST(sluice::crc32(sluice::as_bytes("123456789")) == 0xcbf43926u);
    BOOST_TEST(sluice::crc32({}) == 0u);
    BOOST_TEST(sluice::crc32_base64(0xcbf43926u) == "y/Q5Jg==");
}

BOOST_AUTO_TEST_CASE(crc32_agrees_with_the_definition_continues_and_combines) {
    std::mt19937 generator(7);
    sluice::byte_vector bytes(300);
    for (auto& b : bytes)
        b = static_cast<std::byte>(generator());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto all = sluice::bytes_view(bytes).first(size);
        const std::size_t cut = size == 0 ? 0 : generator() % size;
        const std::uint32_t a = sluice::crc32(all.first(cut));
        const std::uint32_t b = sluice::crc32(all.subspan(cut));
        const std::uint32_t expected = crc32_by_bits(all);
        BOOST_TEST_REQUIRE(sluice::crc32(all) == expected);
        BOOST_TEST_REQUIRE(sluice::crc32(all.subspan(cut), a) == expected);
        BOOST_TEST_REQUIRE(sluice::crc32_combine(a, b, size - cut) == expected);
    }
}

BOOST_AUTO_TEST_CASE(md5_in_pieces_is_md5_at_once) {
    sluice::md5_stream first;
    first.update(sluice::as_bytes("a"));
    sluice::md5_stream moved(std::move(first));
    moved.update({});
    moved.update(sluice::as_bytes("bc"));
    sluice::md5_stream last;
    last = std::move(moved);
    BOOST_TEST(sluice::hex(last.finish()) == "900150983cd24fb0d6963f7d28e17f72");
}

BOOST_AUTO_TEST_SUITE_END()
