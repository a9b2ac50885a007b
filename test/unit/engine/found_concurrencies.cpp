// What is remembered of requests at once where nobody is now.
#include "../src/core/found_concurrency.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(found_concurrencies)

BOOST_AUTO_TEST_CASE(the_next_begins_with_half_of_what_was_found) {
    found_concurrency found;
    BOOST_TEST(found.take("store", 0s) == 0u);
    found.left("store", 48, 10s);
    BOOST_TEST(found.take("elsewhere", 10s) == 0u);
    BOOST_TEST(found.take("store", 10s + found_concurrency::kept_for) == 24u);
    BOOST_TEST(found.take("store", 11s) == 0u); // now somebody is there
}

BOOST_AUTO_TEST_CASE(after_some_minutes_it_says_nothing) {
    found_concurrency found;
    found.left("store", 48, 10s);
    BOOST_TEST(found.take("store", 10s + found_concurrency::kept_for + 1ns) == 0u);
}

BOOST_AUTO_TEST_CASE(of_many_endpoints_those_left_last_are_remembered) {
    found_concurrency found;
    const std::size_t all = found_concurrency::most_endpoints + 1;
    for (std::size_t n = 0; n < all; ++n)
        found.left(std::to_string(n), 8, std::chrono::seconds(n));
    const auto now = std::chrono::seconds(all);
    BOOST_TEST(found.take("0", now) == 0u);
    for (std::size_t n = 1; n < all; ++n)
        BOOST_TEST(found.take(std::to_string(n), now) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
