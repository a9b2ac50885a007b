// Tests of tools/sluice/core/window_shares.cpp.
#include "core/window_shares.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace sluice::command;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(window_shares)

using shares = sluice::command::window_shares;

BOOST_AUTO_TEST_CASE(less_than_a_window_tells_nothing) {
    shares of({1, 1});
    BOOST_TEST(!of.most_uneven().has_value());
    of.sample(0ms, {0, 0});
    of.sample(999ms, {10, 0});
    BOOST_TEST(!of.most_uneven().has_value());
    of.sample(1000ms, {10, 10});
    BOOST_TEST(of.most_uneven().value() == 0.0);
}

BOOST_AUTO_TEST_CASE(the_worst_window_counts_and_no_other) {
    shares of({3, 3});
    of.sample(0ms, {0, 0});
    of.sample(500ms, {100, 100});
    of.sample(1000ms, {190, 210}); // 190 and 210 of 400
    BOOST_TEST(of.most_uneven().value() == 0.05, boost::test_tools::tolerance(1e-9));
    of.sample(1500ms, {310, 290}); // 210 and 190 since 500 ms
    of.sample(2000ms, {400, 400}); // 210 and 190 since 1,000 ms
    BOOST_TEST(of.most_uneven().value() == 0.05, boost::test_tools::tolerance(1e-9));
    of.sample(3000ms, {400, 600});
    BOOST_TEST(of.most_uneven().value() == 1.0, boost::test_tools::tolerance(1e-9));
    of.sample(4000ms, {500, 700});
    BOOST_TEST(of.most_uneven().value() == 1.0, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_window_in_which_nothing_moves_is_none) {
    shares of({3, 3});
    of.sample(0ms, {5, 7});
    of.sample(2000ms, {5, 7});
    BOOST_TEST(!of.most_uneven().has_value());
}

BOOST_AUTO_TEST_CASE(a_gap_between_samples_is_one_long_window) {
    shares of({1, 1, 1});
    of.sample(0ms, {0, 0, 0});
    of.sample(5000ms, {30, 30, 60});
    BOOST_TEST(of.most_uneven().value() == 0.5, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(who_weighs_more_is_due_more) {
    shares of({1, 2, 4});
    of.sample(0ms, {0, 0, 0});
    of.sample(1000ms, {10, 20, 40});
    BOOST_TEST(of.most_uneven().value() == 0.0);
    of.sample(2000ms, {21, 40, 79}); // 11, 20, 39
    BOOST_TEST(of.most_uneven().value() == 0.1, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()
