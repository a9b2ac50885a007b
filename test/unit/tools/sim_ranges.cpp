// test: the Range header.
#include "core/byte_range.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::sim;

BOOST_AUTO_TEST_SUITE(sim_ranges)

BOOST_AUTO_TEST_CASE(ranges_are_cut_to_the_object) {
    const auto range = [](std::string_view text) { return read_range(text, 10).value().value(); };
    BOOST_TEST((range("bytes=0-0") == byte_range{0, 1}));
    BOOST_TEST((range("bytes=2-4") == byte_range{2, 3}));
    BOOST_TEST((range("bytes=9-") == byte_range{9, 1}));
    BOOST_TEST((range("bytes=5-99") == byte_range{5, 5}));
    BOOST_TEST((range("bytes=-3") == byte_range{7, 3}));
    BOOST_TEST((range("bytes=-30") == byte_range{0, 10}));
}

BOOST_AUTO_TEST_CASE(ranges_without_a_byte_of_the_object_are_refused) {
    for (const std::string_view text : {"bytes=10-", "bytes=10-12", "bytes=-0"}) {
        const auto range = read_range(text, 10);
        BOOST_TEST((!range && range.error().status == 416), text);
    }
    BOOST_TEST(!read_range("bytes=0-", 0));
    BOOST_TEST(!read_range("bytes=-1", 0));
    BOOST_TEST(read_range("bytes=0-1,3-4", 10).error().status == 501u);
}

BOOST_AUTO_TEST_CASE(what_is_no_range_is_ignored) {
    for (const std::string_view text :
         {"", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=a-b", "lines=0-1"}) {
        const auto range = read_range(text, 10);
        BOOST_TEST((range && !*range), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
