// test: failures as text and as exceptions.
#include <sluice/base/error.hpp>
#include <sluice/base/result.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using sluice::failure;

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(a_description_is_one_line_with_all_that_is_known) {
    failure why{sluice::errc::damaged, "segment 7", {}, {}};
    BOOST_TEST(sluice::describe(why) == "segment 7: damaged");
    why.peer_text = "no\r\nsuch";
    why.request_id = "42";
    BOOST_TEST(sluice::describe(why) == "segment 7: damaged: \"no  such\" (request 42)");
    BOOST_TEST(sluice::describe({sluice::errc::timed_out, {}, {}, {}}) == "timed out");
}

BOOST_AUTO_TEST_CASE(taking_the_value_of_a_failure_throws_what_it_describes) {
    const sluice::result<int> nothing = failure{sluice::errc::not_found, "stream x", {}, {}};
    BOOST_CHECK_EXCEPTION(nothing.value(), std::runtime_error, [](const std::runtime_error& e) {
        return std::string_view(e.what()).find("stream x: not found") != std::string_view::npos;
    });
    const sluice::result<int> something = 3;
    BOOST_TEST(something.value() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
