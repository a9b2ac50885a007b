// test: percentiles of many durations in little memory.
#include "core/request_times.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace sluice::command;
using std::chrono::nanoseconds;

BOOST_AUTO_TEST_SUITE(request_times)

BOOST_AUTO_TEST_CASE(nothing_is_told_as_nothing) {
    const sluice::command::request_times none;
    BOOST_TEST(none.count() == 0u);
    BOOST_TEST(none.average().count() == 0);
    BOOST_TEST(none.percentile(50).count() == 0);
    BOOST_TEST(none.percentile(100).count() == 0);
}

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
    sluice::command::request_times times;
    for (int n = 1; n <= 100; ++n)
        times.add(nanoseconds(n));
    BOOST_TEST(times.percentile(50).count() == 50);
    BOOST_TEST(times.percentile(99).count() == 99);
    BOOST_TEST(times.percentile(99.9).count() == 100);
    BOOST_TEST(times.percentile(0.001).count() == 1);
    BOOST_TEST(times.average().count() == 51); // 50.5, rounded
    BOOST_TEST(times.least().count() == 1);
    BOOST_TEST(times.most().count() == 100);
}

BOOST_AUTO_TEST_CASE(the_longest_is_told_as_it_was) {
    sluice::command::request_times times;
    times.add(nanoseconds(7));
    times.add(nanoseconds(1'234'567'891));
    BOOST_TEST(times.percentile(100).count() == 1'234'567'891);
    BOOST_TEST(times.percentile(50).count() == 7);
    times.add(nanoseconds(-5)); // a clock that went back
    BOOST_TEST(times.least().count() == 0);
}

BOOST_AUTO_TEST_CASE(every_percentile_is_within_one_percent_of_the_sorted_values) {
    std::mt19937_64 random(7);
    std::exponential_distribution<double> spread(1.0 / 3e6);
    sluice::command::request_times times;
    std::vector<std::int64_t> sorted;
    for (int n = 0; n < 20'000; ++n) {
        const auto value = static_cast<std::int64_t>(spread(random));
        sorted.push_back(value);
        times.add(nanoseconds(value));
    }
    std::sort(sorted.begin(), sorted.end());
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(20'000 * percent / 100));
        const auto exact = static_cast<double>(sorted[rank - 1]);
        const auto told = static_cast<double>(times.percentile(percent).count());
        BOOST_TEST_CONTEXT("p" << percent) {
            BOOST_TEST(told >= exact);
            BOOST_TEST(told <= exact * 1.01 + 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_duration_has_a_bucket) {
    sluice::command::request_times times;
    times.add(nanoseconds::max());
    times.add(nanoseconds(1));
    BOOST_TEST(times.percentile(100).count() == nanoseconds::max().count());
    BOOST_TEST(times.percentile(50).count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
