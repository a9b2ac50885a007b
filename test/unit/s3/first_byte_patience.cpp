// When a read is asked again before its answer began.
#include "../src/core/first_byte_patience.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::s3;
using std::chrono::milliseconds;

namespace {

void answer(first_byte_patience& to, int count, milliseconds took) {
    for (int n = 0; n < count; ++n)
        to.answered(took);
}

} // namespace

BOOST_AUTO_TEST_SUITE(first_byte_patience)

BOOST_AUTO_TEST_CASE(nothing_is_asked_again_before_enough_is_known) {
    sluice::s3::first_byte_patience patience;
    answer(patience, 15, milliseconds(1));
    BOOST_TEST(!patience.limit().has_value());
    answer(patience, 1, milliseconds(1));
    BOOST_REQUIRE(patience.limit().has_value());
    BOOST_TEST(patience.limit()->count() == 1000);
}

BOOST_AUTO_TEST_CASE(the_limit_is_twice_what_nine_of_ten_take) {
    sluice::s3::first_byte_patience patience;
    answer(patience, 64, milliseconds(900));
    BOOST_TEST(patience.limit()->count() == 1800);
    // Six of 64 that took very long do not move it, seven do.
    answer(patience, 58, milliseconds(900));
    answer(patience, 6, milliseconds(9000));
    BOOST_TEST(patience.limit()->count() == 1800);
    answer(patience, 57, milliseconds(900));
    answer(patience, 7, milliseconds(9000));
    BOOST_TEST(patience.limit()->count() == 18'000);
}

BOOST_AUTO_TEST_CASE(a_store_that_becomes_slow_as_a_whole_is_not_asked_more) {
    sluice::s3::first_byte_patience patience;
    answer(patience, 64, milliseconds(100));
    BOOST_TEST(patience.limit()->count() == 1000);
    answer(patience, 16, milliseconds(3000));
    BOOST_TEST(patience.limit()->count() == 6000);
}

BOOST_AUTO_TEST_CASE(no_more_than_one_request_in_fifty_is_asked_again) {
    sluice::s3::first_byte_patience patience;
    int again = 0;
    constexpr int requests = 10'000;
    for (int n = 0; n < requests; ++n) {
        if (patience.limit()) { // as if every answer were late
            BOOST_REQUIRE(patience.ask_again());
            ++again;
        }
        patience.answered(milliseconds(1));
    }
    BOOST_TEST(again >= requests / 50 - 5);
    BOOST_TEST(again <= requests / 50 + 4);
}

BOOST_AUTO_TEST_CASE(a_quiet_time_saves_up_no_more_than_four) {
    sluice::s3::first_byte_patience patience;
    answer(patience, 10'000, milliseconds(1));
    for (int n = 0; n < 4; ++n) {
        BOOST_REQUIRE(patience.limit().has_value());
        BOOST_REQUIRE(patience.ask_again());
    }
    BOOST_TEST(!patience.limit().has_value());
    BOOST_TEST(!patience.ask_again(), "also not those that were told a limit before");
}

BOOST_AUTO_TEST_SUITE_END()
