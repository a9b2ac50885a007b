// Memory of pieces that lies idle between two of them.
#include "io/piece_fetch.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

constexpr std::size_t page = 4096; // memory is taken by the page

fetched_bytes piece_of(std::size_t size) {
    fetched_bytes made;
    made.memory.reset(size, 0);
    made.bytes = made.memory.span();
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(idle_memory)

BOOST_AUTO_TEST_CASE(no_more_than_was_allowed_lies_idle) {
    idle_pieces idle(1000 * page);
    BOOST_TEST(idle.take(1000 * page).memory.held() == 0u);
    idle.give(piece_of(600 * page));
    idle.give(piece_of(600 * page)); // one too many
    idle.give(piece_of(400 * page));
    BOOST_TEST(idle.take(600 * page).memory.held() == 600u * page);
    BOOST_TEST(idle.take(400 * page).memory.held() == 400u * page);
    BOOST_TEST(idle.take(1000 * page).memory.held() == 0u);
    idle.give(piece_of(1000 * page)); // what was taken does not count any longer
    BOOST_TEST(idle.take(1000 * page).memory.held() == 1000u * page);
}

BOOST_AUTO_TEST_CASE(what_is_cleared_gives_room_for_others) {
    idle_pieces idle(1000 * page);
    idle.give(piece_of(1000 * page));
    idle.clear();
    BOOST_TEST(idle.take(1000 * page).memory.held() == 0u);
    idle.give(piece_of(1000 * page));
    BOOST_TEST(idle.take(1000 * page).memory.held() == 1000u * page);
}

BOOST_AUTO_TEST_CASE(memory_is_taken_that_leaves_least_unused) {
    idle_pieces idle(10'000 * page);
    idle.give(piece_of(4000 * page));
    idle.give(piece_of(1500 * page));
    idle.give(piece_of(500 * page));
    BOOST_TEST(idle.take(1000 * page).memory.held() == 1500u * page);
    BOOST_TEST(idle.take(1000 * page).memory.held() == 4000u * page);
    BOOST_TEST(idle.take(1000 * page).memory.held() == 0u); // 500 were too few, and made room
    BOOST_TEST(idle.take(500 * page).memory.held() == 0u);
}

/// Its bytes are in the processor's caches.
BOOST_AUTO_TEST_CASE(of_several_the_last_one_given_is_taken_first) {
    idle_pieces idle(1000 * page);
    fetched_bytes first = piece_of(300 * page), last = piece_of(300 * page);
    const std::byte* const hot = last.bytes.data();
    idle.give(std::move(first));
    idle.give(std::move(last));
    BOOST_TEST(
        static_cast<const void*>(idle.take(300 * page).bytes.data()) ==
        static_cast<const void*>(hot)
    );
}

/// A small piece in a large one's memory holds what nobody counts.
BOOST_AUTO_TEST_CASE(what_a_piece_leaves_unused_lies_idle) {
    idle_pieces idle(1000 * page);
    idle.give(piece_of(1000 * page));
    fetched_bytes small = idle.take(100 * page);
    BOOST_TEST(small.memory.held() == 1000u * page);
    idle.give(piece_of(200 * page)); // 900 are idle already
    BOOST_TEST(idle.take(100 * page).memory.held() == 0u);
    idle.give(piece_of(100 * page));
    BOOST_TEST(idle.take(100 * page).memory.held() == 100u * page);
    idle.give(std::move(small));
    BOOST_TEST(idle.take(1000 * page).memory.held() == 1000u * page);
    { const fetched_bytes given_up = idle.take(100 * page); }
    idle.give(piece_of(1000 * page)); // nothing is counted twice
    { const fetched_bytes given_up = idle.take(100 * page); }
    idle.give(piece_of(1000 * page));
    BOOST_TEST(idle.take(1000 * page).memory.held() == 1000u * page);
}

BOOST_AUTO_TEST_CASE(memory_counts_as_far_as_it_was_asked_for) {
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
