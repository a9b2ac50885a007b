// Progress: what programs read, the rate, and the time that is left.
#include "core/rate_meter.hpp"

#include <sluice/engine/progress.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

namespace {

using namespace sluice;

}

BOOST_AUTO_TEST_SUITE(progress_numbers)

BOOST_AUTO_TEST_CASE(one_document_on_one_line) {
    progress what;
    what.name = "nightly \"x\"";
    what.kind = "export";
    what.state = "running";
    what.source_bytes_read = std::numeric_limits<std::uint64_t>::max();
    target_progress target;
    target.target = "s3://b/p";
    target.endpoint = "127.0.0.1:9000";
    target.state = "running";
    target.bytes = 1;
    target.events = 2;
    target.objects = 3;
    target.parts = 4;
    target.parts_in_flight = 5;
    target.retries = 6;
    target.percent = 49.6;
    target.bytes_per_second = 1e9;
    target.worked = std::chrono::milliseconds(8);
    target.seconds_left = 7;
    target.last_error = "line\nbreak";
    target.failing = true;
    target.left_out = {"s3://b/p/k: damaged"};
    target.left_out_earlier = {"events 0/5 up to 0/9"};
    target.desired = "running";
    target.guarantee = "exactly-once";
    target.lanes.push_back({1, 2, 3, 4, 5, 6, "paused"});
    what.targets.push_back(target);
    BOOST_TEST(
        to_json(what) ==
        R"({"name":"nightly \"x\"","kind":"export","state":"running",)"
        R"("source_bytes_read":18446744073709551615,"targets":[{"target":"s3://b/p",)"
        R"("endpoint":"127.0.0.1:9000",)"
        R"("state":"running","desired":"running","guarantee":"exactly-once","bytes":1,"events":2,"objects":3,"parts":4,"parts_in_flight":5,)"
        R"("retries":6,"percent":50,"bytes_per_second":1000000000,"worked_ms":8,"eta_seconds":7,)"
        R"("last_error":"line\nbreak","failing":true,"left_out":["s3://b/p/k: damaged"],)"
        R"("left_out_earlier":["events 0/5 up to 0/9"],)"
        R"("lanes":[{"partition":1,"first":2,"done":3,"reached":5,)"
        R"("end":4,"objects":6,"state":"paused"}]}]})"
    );
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_null_and_what_is_not_text_does_no_harm) {
    progress what;
    what.name = "\xff";
    what.targets.emplace_back();
    what.targets[0].target = what.targets[0].last_error = "\xc3(";
    const std::string text = to_json(what);
    BOOST_TEST(text.find("\"percent\":null") != std::string::npos);
    BOOST_TEST(text.find("\"eta_seconds\":null") != std::string::npos);
    BOOST_TEST(text.find_first_of("\xff\xc3") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back) {
    progress what;
    what.name = "nightly";
    what.kind = "import";
    what.targets.resize(2);
    what.targets[1].target = "s3://b/p";
    what.targets[1].events = 7;
    what.targets[1].percent = 50;
    what.targets[1].lanes.resize(1);
    what.targets[1].guarantee = "exactly-once";
    what.targets[1].endpoint = "host:1";
    what.targets[1].failing = true;
    what.targets[1].worked = std::chrono::milliseconds(9);
    const auto read = progress_of_json(to_json(what));
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->name == "nightly");
    BOOST_TEST_REQUIRE(read->targets.size() == 2u);
    BOOST_TEST(read->targets[1].target == "s3://b/p");
    BOOST_TEST(read->targets[1].events == 7u);
    BOOST_TEST(read->targets[1].percent.value() == 50);
    BOOST_TEST(!read->targets[0].percent.has_value());
    BOOST_TEST(read->targets[1].guarantee == "exactly-once");
    BOOST_TEST(read->targets[1].endpoint == "host:1");
    BOOST_TEST(read->targets[1].failing);
    BOOST_TEST(read->targets[1].worked.count() == 9);
    // What an older version wrote.
    std::string older = to_json(what);
    for (const std::string word :
         {",\"guarantee\":\"\"",
          ",\"guarantee\":\"exactly-once\"",
          ",\"endpoint\":\"\"",
          ",\"worked_ms\":0",
          ",\"worked_ms\":9",
          ",\"endpoint\":\"host:1\"",
          ",\"failing\":false",
          ",\"failing\":true"})
        older.erase(older.find(word), word.size());
    BOOST_TEST(progress_of_json(older).has_value());
    for (const std::string other : {"", "{}", "[1]", "{\"name\":1}"})
        BOOST_TEST(!progress_of_json(other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(a_steady_rate_is_told_as_it_is_and_a_change_is_followed) {
    rate_meter meter;
    BOOST_TEST(meter.per_second() == 0);
    std::uint64_t total = 0;
    double now = 0;
    const auto pass = [&](int seconds, std::uint64_t per_second) {
        for (int n = 0; n < seconds; ++n)
            meter.observe(total += per_second, now += 1);
    };
    pass(20, 1000);
    BOOST_TEST(meter.per_second() == 1000, boost::test_tools::tolerance(1e-9));
    pass(10, 0);
    const double left = 1000 * (std::exp(-1.0) - std::exp(-3.0)) / (1 - std::exp(-3.0));
    BOOST_TEST(meter.per_second() == left, boost::test_tools::tolerance(1e-6));
    pass(200, 5000);
    BOOST_TEST(meter.per_second() == 5000, boost::test_tools::tolerance(1e-3));
}

/// Nothing is acknowledged at first: then whole parts, one after the other.
BOOST_AUTO_TEST_CASE(in_the_first_seconds_the_rate_is_about_the_mean) {
    rate_meter meter;
    std::uint64_t total = 0;
    for (int n = 1; n <= 10; ++n) {
        if (n % 2 == 0) total += 8000;
        meter.observe(total, n);
        if (n < 4) continue;
        BOOST_TEST(meter.per_second() == 4000, boost::test_tools::tolerance(0.3));
    }
}

BOOST_AUTO_TEST_CASE(the_time_left_is_rounded_up_or_unknown) {
    BOOST_TEST(seconds_left(0, 0).value() == 0);
    BOOST_TEST(seconds_left(100, 10).value() == 10);
    BOOST_TEST(seconds_left(101, 10).value() == 11);
    BOOST_TEST(!seconds_left(1, 0).has_value());
    BOOST_TEST(!seconds_left(1e18, 1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
