// Tests of s3client/src/core/address_choice.cpp: addresses that failed lately come last.
#include "core/address_choice.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(address_choices)

using addresses = std::vector<std::string>;
const address_choice::time now{};

BOOST_AUTO_TEST_CASE(all_are_tried_in_their_order) {
    address_choice choice;
    BOOST_TEST((choice.order({"c", "a", "b"}, now) == addresses{"c", "a", "b"}));
}

BOOST_AUTO_TEST_CASE(one_that_failed_comes_last_for_half_a_minute) {
    address_choice choice;
    choice.failed("a", now);
    BOOST_TEST((choice.order({"a", "b", "c"}, now) == addresses{"b", "c", "a"}));
    BOOST_TEST((choice.order({"a", "b", "c"}, now + 29s) == addresses{"b", "c", "a"}));
    BOOST_TEST((choice.order({"a", "b", "c"}, now + 30s) == addresses{"a", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(none_is_given_up_and_the_oldest_failure_is_tried_first) {
    address_choice choice;
    choice.failed("a", now + 2s);
    choice.failed("b", now + 1s);
    choice.failed("c", now + 3s);
    BOOST_TEST((choice.order({"a", "b", "c"}, now + 4s) == addresses{"b", "a", "c"}));
    BOOST_TEST((choice.order({"a"}, now + 4s) == addresses{"a"}));
}

BOOST_AUTO_TEST_CASE(one_that_works_again_is_one_like_the_others) {
    address_choice choice;
    choice.failed("a", now);
    choice.worked("a");
    choice.worked("never heard of");
    BOOST_TEST((choice.order({"a", "b"}, now + 1s) == addresses{"a", "b"}));
}

BOOST_AUTO_TEST_SUITE_END()
