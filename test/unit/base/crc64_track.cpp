// test: checksums of ranges, told by registers that were kept.
#include <sluice/base/crc64_track.hpp>
#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using sluice::byte_vector;
using sluice::bytes_view;

byte_vector noise(std::size_t size) {
    std::mt19937 generator(7);
    byte_vector bytes(size);
    for (auto& b : bytes)
        b = static_cast<std::byte>(generator());
    return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crc64_track)

BOOST_AUTO_TEST_CASE(tells_every_range_whatever_the_cuts) {
    const byte_vector all = noise(100'000);
    std::mt19937 generator(11);
    for (const std::size_t most : {1'000u, 16'384u, 70'000u, 100'000u}) {
        sluice::crc64nvme_track sum;
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t n = std::min<std::size_t>(all.size() - at, 1 + generator() % most);
            sum.take(bytes_view(all).subspan(at, n));
            at += n;
        }
        BOOST_TEST(sum.size() == all.size());
        BOOST_TEST(sum.value() == sluice::crc64nvme(all));
        for (int i = 0; i < 300; ++i) {
            const std::size_t begin = generator() % (all.size() + 1);
            const std::size_t end = begin + generator() % (all.size() - begin + 1);
            BOOST_TEST(
                sum.of(all, begin, end) ==
                sluice::crc64nvme(bytes_view(all).subspan(begin, end - begin))
            );
        }
    }
}

BOOST_AUTO_TEST_CASE(knows_the_edges_of_its_steps) {
    for (const std::size_t size : {0u, 1u, 16'383u, 16'384u, 16'385u, 32'768u}) {
        const byte_vector all = noise(size);
        sluice::crc64nvme_track sum;
        sum.take(all);
        BOOST_TEST(sum.of(all, 0, size) == sluice::crc64nvme(all));
        BOOST_TEST(sum.of(all, size, size) == 0u);
        BOOST_TEST(
            sum.of(all, size / 2, size) == sluice::crc64nvme(bytes_view(all).subspan(size / 2))
        );
    }
}

BOOST_AUTO_TEST_CASE(forgets_when_it_begins_again) {
    const byte_vector all = noise(40'000);
    sluice::crc64nvme_track sum;
    sum.take(bytes_view(all).subspan(100));
    sum.restart();
    BOOST_TEST(sum.size() == 0u);
    BOOST_TEST(sum.value() == 0u);
    sum.take(all);
    BOOST_TEST(
        sum.of(all, 17'000, 39'000) == sluice::crc64nvme(bytes_view(all).subspan(17'000, 22'000))
    );
}

BOOST_AUTO_TEST_SUITE_END()
