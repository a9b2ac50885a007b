// When a read is asked again before its answer began.
#include "../src/core/first_byte_patience.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <random>

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

/// What a hundred thousand requests take, one after the other, in a time of their own.
struct figures {
    double seconds = 0, patiently = 0; ///< with asking again, and without
    int again = 0, requests = 100'000;
};

/// Answers take 200 to 400 ms, so many times as long; one in a hundred takes `stalls` longer.
figures run_of(double slowness, double stalls) {
    sluice::s3::first_byte_patience patience;
    std::mt19937_64 random(10);
    const auto draw = [&] {
        const double usual = slowness * (0.2 + 0.2 * static_cast<double>(random() % 1000) / 1000);
        return usual + (random() % 100 == 0 ? stalls : 0);
    };
    figures made;
    for (int n = 0; n < made.requests; ++n) {
        const double first = draw();
        made.patiently += first;
        const auto limit = patience.limit();
        const double sooner = limit ? std::chrono::duration<double>(*limit).count() : 1e9;
        if (first > sooner && patience.ask_again()) {
            ++made.again;
            made.seconds += sooner + draw(); // the second one is waited for
            continue;
        }
        made.seconds += first;
        patience.answered(milliseconds(static_cast<int>(first * 1000)));
    }
    BOOST_TEST_MESSAGE(
        made.seconds << " s instead of " << made.patiently << " s, " << made.again << " asked again"
    );
    return made;
}

BOOST_AUTO_TEST_CASE(one_stall_in_a_hundred_costs_little_and_few_requests_more) {
    const figures sound = run_of(1, 0), stalled = run_of(1, 5);
    BOOST_TEST(sound.again == 0);
    BOOST_TEST(stalled.patiently > 1.15 * sound.seconds);
    BOOST_TEST(stalled.seconds < 1.05 * sound.seconds);
    BOOST_TEST(stalled.again <= stalled.requests / 50);
}

BOOST_AUTO_TEST_CASE(when_all_are_three_times_as_slow_hardly_any_is_asked_again) {
    BOOST_TEST(run_of(3, 0).again <= run_of(3, 0).requests / 100);
    BOOST_TEST(run_of(30, 0).again <= run_of(30, 0).requests / 100);
}

BOOST_AUTO_TEST_SUITE_END()
