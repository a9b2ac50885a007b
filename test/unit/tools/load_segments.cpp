// test: throughput in segments, and when it has settled.
#include "core/load_segments.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace sluice::command;
using std::chrono::milliseconds;

namespace {

/// A sample every fifth of a second, of what has flowed by then.
load_samples flow(double seconds, const std::function<double(double)>& bytes_by) {
    load_samples samples;
    for (int n = 0; n * 0.2 <= seconds + 1e-9; ++n) {
        load_sample one;
        one.at = milliseconds(200) * n;
        one.bytes = static_cast<std::uint64_t>(bytes_by(n * 0.2));
        one.requests = one.bytes / 10;
        samples.push_back(one);
    }
    return samples;
}

} // namespace

BOOST_AUTO_TEST_SUITE(load_segments)

BOOST_AUTO_TEST_CASE(each_whole_second_is_a_segment_and_the_rest_is_none) {
    const auto segments = segments_of(flow(3.4, [](double t) { return 1000 * t; }));
    BOOST_TEST(segments.size() == 3u);
    for (const load_segment& each : segments) {
        BOOST_TEST(each.bytes_per_second() == 1000, boost::test_tools::tolerance(0.01));
        BOOST_TEST(each.requests_per_second() == 100, boost::test_tools::tolerance(0.02));
    }
}

BOOST_AUTO_TEST_CASE(less_than_a_second_is_one_segment) {
    const auto segments = segments_of(flow(0.4, [](double t) { return 500 * t; }));
    BOOST_REQUIRE(segments.size() == 1u);
    BOOST_TEST(segments[0].seconds == 0.4, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(segments[0].bytes_per_second() == 500, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(samples_that_miss_the_second_are_interpolated) {
    load_samples samples(3);
    samples[1].at = milliseconds(600);
    samples[1].bytes = 600;
    samples[2].at = milliseconds(1400); // twice as fast from there on
    samples[2].bytes = 600 + 1600;
    const auto segments = segments_of(samples);
    BOOST_REQUIRE(segments.size() == 1u);
    BOOST_TEST(segments[0].bytes == 600 + 800, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(no_samples_and_no_time_are_no_segments) {
    BOOST_TEST(segments_of(load_samples()).empty());
    BOOST_TEST(segments_of(load_samples(2)).empty());
    BOOST_TEST(spread_of({}).fastest.bytes == 0);
}

BOOST_AUTO_TEST_CASE(segments_are_ordered_by_bytes_and_without_bytes_by_requests) {
    const auto segment = [](double bytes, double requests) {
        load_segment one;
        one.seconds = 1;
        one.bytes = bytes;
        one.requests = requests;
        return one;
    };
    auto spread = spread_of({segment(5, 1), segment(9, 3), segment(1, 2)});
    BOOST_TEST(spread.slowest.bytes == 1);
    BOOST_TEST(spread.median.bytes == 5);
    BOOST_TEST(spread.fastest.bytes == 9);
    spread = spread_of({segment(0, 7), segment(0, 3), segment(0, 4)});
    BOOST_TEST(spread.slowest.requests == 3);
    BOOST_TEST(spread.median.requests == 4);
    BOOST_TEST(spread.fastest.requests == 7);
}

BOOST_AUTO_TEST_CASE(an_even_flow_has_settled_after_five_seconds) {
    const auto even = [](double t) { return 1e6 * t; };
    BOOST_TEST(!has_settled(flow(4.8, even)));
    BOOST_TEST(has_settled(flow(5.0, even)));
    BOOST_TEST(!has_settled(load_samples()));
    BOOST_TEST(!has_settled(flow(10, [](double) { return 0.0; })));
}

BOOST_AUTO_TEST_CASE(what_was_uneven_early_does_not_count) {
    // Slow in the first half, even in the second: only the last 7 of 25 pieces are compared.
    const auto late = [](double t) { return t < 5 ? 1e5 * t : 5e5 + 1e6 * (t - 5); };
    BOOST_TEST(has_settled(flow(10, late)));
    BOOST_TEST(!has_settled(flow(6, late)));
}

BOOST_AUTO_TEST_CASE(a_flow_that_still_grows_has_not_settled) {
    BOOST_TEST(!has_settled(flow(10, [](double t) { return 1e6 * t * t; })));
    // By less than 7.5 % over the last 7 pieces: it has.
    BOOST_TEST(has_settled(flow(10, [](double t) { return 1e6 * (t + 0.005 * t * t); })));
}

BOOST_AUTO_TEST_SUITE_END()
