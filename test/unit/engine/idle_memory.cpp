// Memory of pieces that lies idle between two of them.
#include "io/piece_fetch.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

fetched_bytes piece_of(std::size_t size) {
    fetched_bytes made;
    made.bytes = buffer(size);
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(idle_memory)

BOOST_AUTO_TEST_CASE(no_more_than_was_allowed_lies_idle) {
    idle_pieces idle(1000);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 0u);
    idle.give(piece_of(600));
    idle.give(piece_of(600)); // one too many
    idle.give(piece_of(400));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 600u);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 400u);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 0u);
    idle.give(piece_of(1000)); // what was taken does not count any longer
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1000u);
}

BOOST_AUTO_TEST_CASE(what_is_cleared_gives_room_for_others) {
    idle_pieces idle(1000);
    idle.give(piece_of(1000));
    idle.clear();
    BOOST_TEST(idle.take(1000).bytes.capacity() == 0u);
    idle.give(piece_of(1000));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1000u);
}

BOOST_AUTO_TEST_CASE(memory_that_is_much_too_large_is_given_up_instead) {
    idle_pieces idle(10'000);
    idle.give(piece_of(4000));
    idle.give(piece_of(1500));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1500u);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 0u);
    BOOST_TEST(idle.take(4000).bytes.capacity() == 0u); // it made room
}

/// Blocks lie in another kind of memory.
BOOST_AUTO_TEST_CASE(memory_of_blocks_counts_too) {
    idle_pieces idle(1 << 20);
    fetched_bytes large;
    large.memory.reset(4 << 20, 0);
    idle.give(std::move(large));
    BOOST_TEST(idle.take(1 << 20).memory.held() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
