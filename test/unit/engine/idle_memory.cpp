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
    BOOST_TEST(idle.take(600).bytes.capacity() == 600u);
    BOOST_TEST(idle.take(400).bytes.capacity() == 400u);
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

BOOST_AUTO_TEST_CASE(memory_is_taken_that_leaves_least_unused) {
    idle_pieces idle(10'000);
    idle.give(piece_of(4000));
    idle.give(piece_of(1500));
    idle.give(piece_of(500));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1500u);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 4000u);
    BOOST_TEST(idle.take(1000).bytes.capacity() == 0u); // 500 were too few, and made room
    BOOST_TEST(idle.take(500).bytes.capacity() == 0u);
}

/// Its bytes are in the processor's caches.
BOOST_AUTO_TEST_CASE(of_several_the_last_one_given_is_taken_first) {
    idle_pieces idle(1000);
    fetched_bytes first = piece_of(300), last = piece_of(300);
    const std::byte* const hot = last.bytes.view().data();
    idle.give(std::move(first));
    idle.give(std::move(last));
    BOOST_TEST(
        static_cast<const void*>(idle.take(300).bytes.view().data()) ==
        static_cast<const void*>(hot)
    );
}

/// A small piece in a large one's memory holds what nobody counts.
BOOST_AUTO_TEST_CASE(what_a_piece_leaves_unused_lies_idle) {
    idle_pieces idle(1000);
    idle.give(piece_of(1000));
    fetched_bytes small = idle.take(100);
    BOOST_TEST(small.bytes.capacity() == 1000u);
    idle.give(piece_of(200)); // 900 are idle already
    BOOST_TEST(idle.take(100).bytes.capacity() == 0u);
    idle.give(piece_of(100));
    BOOST_TEST(idle.take(100).bytes.capacity() == 100u);
    idle.give(std::move(small));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1000u);
    { const fetched_bytes given_up = idle.take(100); }
    idle.give(piece_of(1000)); // nothing is counted twice
    { const fetched_bytes given_up = idle.take(100); }
    idle.give(piece_of(1000));
    BOOST_TEST(idle.take(1000).bytes.capacity() == 1000u);
}

/// Blocks lie in another kind of memory.
BOOST_AUTO_TEST_CASE(memory_of_blocks_counts_too) {
    idle_pieces idle(1 << 20);
    fetched_bytes large;
    large.memory.reset(4 << 20, 0);
    idle.give(std::move(large));
    BOOST_TEST(idle.take(1 << 20).memory.held() == 0u);
    fetched_bytes small;
    small.memory.reset(1 << 20, 4 << 20);
    idle.give(std::move(small));
    BOOST_TEST(idle.take(1 << 20).memory.held() == 1u << 20);
}

BOOST_AUTO_TEST_SUITE_END()
