// test: progress as lines for people.
#include "core/progress_line.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::command;

namespace {

target_progress running_target() {
    target_progress now;
    now.target = "s3://b/p";
    now.state = "running";
    now.bytes = 3 << 20;
    now.events = 1234567;
    now.bytes_per_second = 2 << 20;
    return now;
}

std::string line_of(const target_progress& now) {
    return progress_line(now, now.target);
}

} // namespace

BOOST_AUTO_TEST_SUITE(progress_lines)

BOOST_AUTO_TEST_CASE(thousands_are_grouped) {
    BOOST_TEST(grouped(0) == "0");
    BOOST_TEST(grouped(999) == "999");
    BOOST_TEST(grouped(1000) == "1,000");
    BOOST_TEST(grouped(1234567) == "1,234,567");
}

BOOST_AUTO_TEST_CASE(a_running_target_shows_everything_known) {
    target_progress now = running_target();
    BOOST_TEST(line_of(now) == "s3://b/p  3.0 MiB  1,234,567 events  2.0 MiB/s");
    now.percent = 42.9;
    now.seconds_left = 12;
    now.parts_in_flight = 4;
    now.retries = 2;
    BOOST_TEST(
        line_of(now) ==
        "s3://b/p  3.0 MiB  1,234,567 events  2.0 MiB/s  42 %  12 s left  4 in flight  2 retries"
    );
}

BOOST_AUTO_TEST_CASE(nothing_unfinished_shows_a_hundred_percent) {
    target_progress now = running_target();
    now.percent = 99.99;
    BOOST_TEST(line_of(now).find("99 %") != std::string::npos);
    BOOST_TEST(line_of(now).find("100 %") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_is_shown_while_nothing_succeeds_and_when_it_was_the_end) {
    target_progress now = running_target();
    now.last_error = "connection lost";
    BOOST_TEST(line_of(now).ends_with("  2.0 MiB/s"));
    now.failing = true;
    BOOST_TEST(line_of(now).ends_with("  connection lost"));
    now.state = "completed";
    BOOST_TEST(line_of(now).ends_with("  completed"));
    now.state = "failed";
    now.failing = false;
    BOOST_TEST(line_of(now).ends_with("  failed  connection lost"));
}

BOOST_AUTO_TEST_CASE(equal_addresses_are_told_apart_by_their_endpoints) {
    progress now;
    now.targets.resize(3, running_target());
    now.targets[2].target = "s3://b/q";
    now.targets[0].endpoint = now.targets[2].endpoint = "one:9000";
    BOOST_TEST(command::progress_lines(now)[0].starts_with("s3://b/p at one:9000  "));
    BOOST_TEST(command::progress_lines(now)[1].starts_with("s3://b/p  ")); // not opened yet
    BOOST_TEST(command::progress_lines(now)[2].starts_with("s3://b/q  "));
}

BOOST_AUTO_TEST_CASE(a_line_never_wraps_and_never_ends_inside_a_character) {
    BOOST_TEST(fit_to_width("abcdef", 4) == "abcd");
    BOOST_TEST(fit_to_width("abc", 4) == "abc");
    BOOST_TEST(fit_to_width("abcdef", 0) == "abcdef");
    BOOST_TEST(fit_to_width("ab\xc3\xa9x", 3) == "ab");
}

BOOST_AUTO_TEST_CASE(lines_are_drawn_over_those_shown_before) {
    BOOST_TEST(redraw({"one", "two"}, 0, 80) == "\r\x1b[2Kone\n\r\x1b[2Ktwo\n");
    BOOST_TEST(redraw({"three"}, 2, 3) == "\x1b[2A\r\x1b[2Kthr\n");
}

BOOST_AUTO_TEST_SUITE_END()
