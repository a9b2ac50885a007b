// What the answer to a range tells about the object.
#include "core/get_failures.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(get_failures)

BOOST_AUTO_TEST_CASE(another_etag_is_another_object) {
    BOOST_TEST(is_other_etag("\"a1\"", "\"a2\""));
    BOOST_TEST(is_other_etag("a1", "\"a1-2\""));
    BOOST_TEST(is_other_etag("W/\"a1\"", "W/\"a2\""));
    BOOST_TEST(is_other_etag("\"", "\"\""));
}

BOOST_AUTO_TEST_CASE(one_etag_may_be_spelled_in_several_ways) {
    for (const char* spelled : {"\"a1\"", "a1", "W/\"a1\""}) {
        BOOST_TEST(!is_other_etag(spelled, "\"a1\""));
        BOOST_TEST(!is_other_etag("a1", spelled));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_told_is_no_difference) {
    BOOST_TEST(!is_other_etag("", "\"a1\""));
    BOOST_TEST(!is_other_etag("\"a1\"", ""));
}

BOOST_AUTO_TEST_SUITE_END()
