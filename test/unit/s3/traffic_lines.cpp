// test: waiting in line for requests and bytes.
#include "run_task.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/s3/traffic.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ctime>
#include <functional>
#include <vector>

using namespace sluice;
using namespace sluice::s3;

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point began) {
    return std::chrono::duration<double>(clock::now() - began).count();
}

task<void> one_request(traffic& by, std::vector<int>& order, int number) {
    co_await by.enter();
    order.push_back(number);
}

} // namespace

BOOST_AUTO_TEST_SUITE(traffic_lines)

BOOST_AUTO_TEST_CASE(requests_pass_in_the_order_in_which_they_came) {
    boost::asio::io_context on;
    traffic_limits limits;
    limits.requests_per_second = 400;
    traffic by(on.get_executor(), limits);
    std::vector<int> order;
    const std::function<task<void>(task_group&)> all = [&](task_group& group) -> task<void> {
        for (int n = 0; n < 60; ++n)
            group.spawn([&by, &order, n] { return one_request(by, order, n); });
        co_return;
    };
    const auto began = clock::now();
    sluice::test::run_task(on, with_task_group(on.get_executor(), all));
    // A twentieth of a second's worth was saved up; nobody is ever too early.
    BOOST_TEST(seconds_since(began) >= (60 - 20) / 400.0);
    BOOST_TEST_REQUIRE(order.size() == 60u);
    for (int n = 0; n < 60; ++n)
        BOOST_TEST(order[static_cast<std::size_t>(n)] == n);
}

BOOST_AUTO_TEST_CASE(what_is_sent_at_once_counts_as_sent) {
    boost::asio::io_context on;
    traffic_limits limits;
    limits.requests_per_second = 0.001;
    traffic by(on.get_executor(), limits);
    BOOST_TEST(by.enter_at_once()); // what was saved up
    BOOST_TEST(!by.enter_at_once());
    by.set_limits(traffic_limits());
    BOOST_TEST(by.enter_at_once());
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_while_first_in_line_holds_up_nobody) {
    boost::asio::io_context on;
    traffic_limits limits;
    limits.requests_per_second = 0.001;
    traffic by(on.get_executor(), limits);
    std::vector<int> order;
    const std::function<task<void>(task_group&)> doomed = [&](task_group& group) -> task<void> {
        for (int n = 1; n < 4; ++n)
            group.spawn([&by, &order, n] { return one_request(by, order, n); });
        co_await sleep_for(std::chrono::milliseconds(5), deadline::never());
        group.cancel();
    };
    const auto play = [&]() -> task<void> {
        co_await by.enter(); // what was saved up
        co_await with_task_group(on.get_executor(), doomed);
        by.set_limits(traffic_limits());
        co_await by.enter();
        order.push_back(9);
    };
    sluice::test::run_task(on, play());
    BOOST_TEST(order == std::vector<int>{9}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_limit_is_in_force_for_those_who_wait) {
    boost::asio::io_context on;
    traffic_limits limits;
    limits.bytes_per_second = 1; // hours for what follows
    traffic by(on.get_executor(), limits);
    bool passed = false;
    const std::function<task<void>(task_group&)> all = [&](task_group& group) -> task<void> {
        group.spawn([&]() -> task<void> {
            co_await by.moved(100'000);
            co_await by.moved(1);
            passed = true;
        });
        co_await sleep_for(std::chrono::milliseconds(5), deadline::never());
        BOOST_TEST(!passed);
        traffic_limits wide;
        wide.bytes_per_second = 1e9;
        by.set_limits(wide);
    };
    sluice::test::run_task(on, with_task_group(on.get_executor(), all));
    BOOST_TEST(passed);
}

BOOST_AUTO_TEST_CASE(bytes_flow_no_faster_than_they_may) {
    boost::asio::io_context on;
    traffic_limits limits;
    limits.bytes_per_second = 10e6;
    traffic by(on.get_executor(), limits);
    BOOST_TEST(by.window(256 << 10) == std::size_t{256} << 10);
    const auto play = [&]() -> task<void> {
        for (int n = 0; n < 30; ++n)
            co_await by.moved(100'000);
    };
    const auto began = clock::now();
    sluice::test::run_task(on, play());
    BOOST_TEST(seconds_since(began) >= (3e6 - 1e6 - 1e5) / 10e6);
    limits.bytes_per_second = 100e3;
    by.set_limits(limits);
    BOOST_TEST(by.window(256 << 10) == 10'000u);
}

BOOST_AUTO_TEST_CASE(a_rate_changes_with_the_time_of_day_for_those_who_wait_too) {
    boost::asio::io_context on;
    // Noon of a Thursday in January, whatever the zone: no change of the clocks is near.
    std::tm noon{};
    noon.tm_year = 2026 - 1900;
    noon.tm_mon = 0;
    noon.tm_mday = 15;
    noon.tm_hour = 12;
    auto time = std::chrono::system_clock::from_time_t(std::mktime(&noon));
    constexpr unsigned thursday = 3 * rate_change::minutes_of_day;
    rate_change slow, none;
    slow.minute = thursday + 11 * 60;
    slow.rate = 1; // hours for what follows
    none.minute = thursday + 13 * 60;
    traffic_limits limits;
    limits.bytes_by_time = limits.requests_by_time = rate_table({slow, none});
    limits.clock = [&time] { return time; };
    traffic by(on.get_executor(), limits);
    BOOST_TEST(by.limits_bytes());
    int passed = 0;
    const std::function<task<void>(task_group&)> all = [&](task_group& group) -> task<void> {
        group.spawn([&]() -> task<void> {
            co_await by.moved(100'000);
            co_await by.moved(1);
            ++passed;
        });
        group.spawn([&]() -> task<void> {
            for (int n = 0; n < 1000; ++n)
                co_await by.enter();
            ++passed;
        });
        co_await sleep_for(std::chrono::milliseconds(5), deadline::never());
        BOOST_TEST(passed == 0);
        time += std::chrono::hours(2);
    };
    sluice::test::run_task(on, with_task_group(on.get_executor(), all));
    BOOST_TEST(passed == 2);
    BOOST_TEST(!by.limits_bytes());
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_is_asked_less_often) {
    boost::asio::io_context on;
    traffic by(on.get_executor(), traffic_limits());
    BOOST_TEST(!by.learned_rate());
    by.answered(true);
    by.answered(true);
    BOOST_TEST(by.learned_rate().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
