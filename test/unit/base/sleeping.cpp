// test: waiting for time and for threads.
#include "run_task.hpp"

#include <sluice/base/sleep.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using sluice::task;
using namespace std::chrono_literals;

task<std::string> work_elsewhere(boost::asio::thread_pool& pool) {
    const auto home = std::this_thread::get_id();
    std::string text = "moved through the frame, and too long for the small string";
    std::unique_ptr<int> number = std::make_unique<int>(7);
    auto work = [&] {
        BOOST_TEST((std::this_thread::get_id() != home));
        return text + ' ' + std::to_string(*number);
    };
    std::string answer = co_await sluice::run_blocking(pool.get_executor(), work);
    BOOST_TEST((std::this_thread::get_id() == home));
    co_return answer;
}

task<int> work_often(boost::asio::thread_pool& pool) {
    std::vector<int> seen;
    for (int i = 0; i < 200; ++i) {
        auto work = [&seen, i, kept = std::make_shared<int>(i)] {
            seen.push_back(*kept);
            return i;
        };
        const int answer = co_await sluice::run_blocking(pool.get_executor(), std::move(work));
        BOOST_TEST(answer == i);
    }
    co_return static_cast<int>(seen.size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(sleeping)

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_ends_a_sleep_at_once) {
    boost::asio::io_context context;
    const auto past = sluice::deadline::at(sluice::deadline::clock::now());
    sluice::test::run_task(context, sluice::sleep_for(1h, past));
    sluice::test::run_task(context, sluice::sleep_for(0s));
}

BOOST_AUTO_TEST_CASE(blocking_work_runs_elsewhere_and_comes_home) {
    boost::asio::io_context context;
    boost::asio::thread_pool pool(1);
    const std::string answer = sluice::test::run_task(context, work_elsewhere(pool));
    BOOST_TEST(answer == "moved through the frame, and too long for the small string 7");
}

BOOST_AUTO_TEST_CASE(blocking_work_can_follow_blocking_work) {
    boost::asio::io_context context;
    boost::asio::thread_pool pool(2);
    BOOST_TEST(sluice::test::run_task(context, work_often(pool)) == 200);
}

BOOST_AUTO_TEST_SUITE_END()
