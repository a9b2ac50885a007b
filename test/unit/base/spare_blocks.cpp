// Tests of base/src/core/spare_blocks.cpp.
#include <sluice/base/spare_blocks.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(spare_blocks)

#if !defined(__SANITIZE_ADDRESS__) // where nothing is used again, on purpose
BOOST_AUTO_TEST_CASE(the_last_block_of_a_size_is_used_again) {
    void* const first = take_block(1000);
    void* const second = take_block(1000);
    give_block(second, 1000);
    give_block(first, 1000);
    BOOST_TEST(take_block(1000) == first);
    void* const other = take_block(1200);
    BOOST_TEST(other != second);
    BOOST_TEST(take_block(997) == second); // sizes are rounded up to 16
    give_block(first, 1000);
    give_block(second, 1000);
    give_block(other, 1200);
}
#endif

BOOST_AUTO_TEST_CASE(blocks_of_all_sizes_are_their_owners_alone) {
    std::vector<std::pair<unsigned char*, std::size_t>> held;
    for (int round = 0; round < 3; ++round) {
        for (std::size_t size = 1; size < 6000; size += 37) {
            auto* const block = static_cast<unsigned char*>(take_block(size));
            std::memset(block, static_cast<int>(size % 251), size);
            held.emplace_back(block, size);
        }
        for (const auto& [block, size] : held) {
            BOOST_REQUIRE(block[0] == size % 251);
            BOOST_REQUIRE(block[size - 1] == size % 251);
            give_block(block, size);
        }
        held.clear();
    }
}

BOOST_AUTO_TEST_CASE(blocks_may_be_given_back_on_another_thread) {
    std::vector<void*> made;
    std::thread maker([&made] {
        for (int i = 0; i < 100; ++i)
            made.push_back(take_block(500));
    });
    maker.join();
    std::thread taker([&made] {
        for (void* const each : made)
            give_block(each, 500);
        for (void*& each : made)
            each = take_block(500);
    });
    taker.join(); // what lay idle there is gone, what was taken is not
    for (void* const each : made) {
        std::memset(each, 1, 500);
        give_block(each, 500);
    }
}

BOOST_AUTO_TEST_SUITE_END()
