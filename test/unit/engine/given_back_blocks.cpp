// Blocks that nobody will come for.
#include "../src/io/block_cache.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

shared_block keep(block_cache& in, std::uint32_t source, std::uint32_t partition) {
    buffer bytes = in.memory();
    bytes.reset(1000);
    return in.keep({source, partition, -5, 0}, std::move(bytes), 2);
}

} // namespace

BOOST_AUTO_TEST_SUITE(given_back_blocks)

BOOST_AUTO_TEST_CASE(blocks_of_a_source_that_nobody_uses_are_given_back_and_others_stay) {
    block_cache cache(1 << 20);
    keep(cache, 6, 0);
    const shared_block held = keep(cache, 7, 0);
    keep(cache, 7, 3);
    keep(cache, 8, 0);
    BOOST_TEST(cache.bytes() == 4000u);
    cache.forget(7);
    BOOST_TEST(cache.bytes() == 2000u);
    BOOST_TEST(held->size() == 1000u);
    BOOST_TEST(cache.find({7, 0, -5, 0}) == nullptr);
    BOOST_TEST(cache.find({6, 0, -5, 0}) != nullptr);
    BOOST_TEST(cache.find({8, 0, -5, 0}) != nullptr);
    cache.used({7, 0, -5, 0}); // of one that is gone
    cache.forget(9);
    BOOST_TEST(cache.bytes() == 2000u);
}

BOOST_AUTO_TEST_SUITE_END()
