// test: points in time that are passed down.
#include <sluice/base/deadline.hpp>

#include <boost/test/unit_test.hpp>

using sluice::deadline;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(deadline_value)

BOOST_AUTO_TEST_CASE(the_earlier_of_two_limits_counts) {
    const auto now = deadline::clock::now();
    const auto late = deadline::at(now + 1h);
    BOOST_TEST((late.earliest(2h).when() == now + 1h));
    BOOST_TEST((late.earliest(1s).when() < now + 1h));
    BOOST_TEST((deadline::never().earliest(1h).when() >= now + 1h));
}

BOOST_AUTO_TEST_CASE(never_does_not_pass) {
    BOOST_TEST(deadline::never().is_never());
    BOOST_TEST(!deadline::never().passed());
    BOOST_TEST(!deadline::in(1h).passed());
    BOOST_TEST(deadline::at(deadline::clock::now()).passed());
}

BOOST_AUTO_TEST_CASE(a_limit_without_end_changes_nothing) {
    const auto late = deadline::in(1h);
    BOOST_TEST((late.earliest(deadline::clock::duration::max()).when() == late.when()));
}

BOOST_AUTO_TEST_SUITE_END()
