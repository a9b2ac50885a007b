// test: If-Match and If-None-Match.
#include "core/conditions.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::sim;

namespace sim_conditions_test {

object with_etag() {
    object one;
    one.etag = "abc";
    return one;
}

unsigned write_status(const conditions& given, bool there) {
    const auto one = with_etag();
    const auto refused = check_write(given, there ? &one : nullptr);
    return refused ? refused->status : 200;
}

unsigned read_status(const conditions& given) {
    const auto refused = check_read(given, with_etag());
    return refused ? refused->status : 200;
}

} // namespace sim_conditions_test

using namespace sim_conditions_test;

BOOST_AUTO_TEST_SUITE(sim_conditions)

BOOST_AUTO_TEST_CASE(writes_happen_only_when_their_condition_holds) {
    BOOST_TEST(write_status({"", ""}, true) == 200u);
    BOOST_TEST(write_status({"", "*"}, false) == 200u);
    BOOST_TEST(write_status({"", "*"}, true) == 412u);
    BOOST_TEST(write_status({"", "\"abc\""}, false) == 501u);
    BOOST_TEST(write_status({"\"abc\"", ""}, true) == 200u);
    BOOST_TEST(write_status({"abc", ""}, true) == 200u);
    BOOST_TEST(write_status({"*", ""}, true) == 200u);
    BOOST_TEST(write_status({"\"abd\"", ""}, true) == 412u);
    BOOST_TEST(write_status({"\"abc\"", ""}, false) == 404u);
    BOOST_TEST(write_status({"\"abc\"", "*"}, false) == 501u);
}

BOOST_AUTO_TEST_CASE(reads_compare_the_etag) {
    BOOST_TEST(read_status({"", ""}) == 200u);
    BOOST_TEST(read_status({"\"abc\"", ""}) == 200u);
    BOOST_TEST(read_status({"\"abd\"", ""}) == 412u);
    BOOST_TEST(read_status({"", "\"abc\""}) == 304u);
    BOOST_TEST(read_status({"", "*"}) == 304u);
    BOOST_TEST(read_status({"", "\"abd\""}) == 200u);
    BOOST_TEST(read_status({"\"abd\"", "\"abc\""}) == 412u);
}

BOOST_AUTO_TEST_SUITE_END()
