// test: coroutines that run on another thread's context.
#include "run_task.hpp"

#include <sluice/base/run_on.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using sluice::task;
using namespace std::chrono_literals;

/// A context with a thread of its own.
struct other_thread {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{
        context.get_executor()};
    std::thread runs{[this] { context.run(); }};

    ~other_thread() {
        busy.reset();
        runs.join();
    }
};

task<std::string> there(std::thread::id home, const std::string& text) {
    BOOST_TEST((std::this_thread::get_id() != home));
    co_await sluice::sleep_for(1ms);
    BOOST_TEST((std::this_thread::get_id() != home));
    co_return text + " and back";
}

task<std::string> go(other_thread& other, const std::string& text) {
    const auto home = std::this_thread::get_id();
    const std::function<task<std::string>()> start = [home, &text] { return there(home, text); };
    auto answer = co_await sluice::run_on(other.context.get_executor(), start);
    BOOST_TEST((std::this_thread::get_id() == home));
    co_return answer;
}

task<int> often(other_thread& other) {
    int sum = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string text = "a text that is too long for the small string";
        auto answer = co_await go(other, text);
        sum += answer == text + " and back" ? 1 : 0;
    }
    co_return sum;
}

task<int> fail_there() {
    co_await sluice::sleep_for(1ms);
    throw std::runtime_error("as told");
}

task<int> fail(other_thread& other) {
    const std::function<task<int>()> start = [] { return fail_there(); };
    auto answer = co_await sluice::run_on(other.context.get_executor(), start);
    co_return answer;
}

task<int> wait_there(bool& was_cut) {
    try {
        co_await sluice::sleep_for(1h);
    } catch (const boost::system::system_error& why) {
        was_cut = why.code() == boost::asio::error::operation_aborted;
        throw;
    }
    co_return 0;
}

task<void> wait_for_it(other_thread& other, bool& was_cut) {
    const std::function<task<int>()> start = [&was_cut] { return wait_there(was_cut); };
    co_await sluice::run_on(other.context.get_executor(), start);
}

task<void> cut_it(other_thread& other, bool& was_cut, std::chrono::milliseconds after) {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    sluice::task_group group(here);
    group.spawn([&other, &was_cut] { return wait_for_it(other, was_cut); });
    co_await sluice::sleep_for(after);
    group.cancel();
    co_await group.join();
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_elsewhere)

BOOST_AUTO_TEST_CASE(a_coroutine_runs_there_and_its_result_comes_home) {
    other_thread other;
    boost::asio::io_context context;
    const std::string text = "there";
    BOOST_TEST(sluice::test::run_task(context, go(other, text)) == "there and back");
    BOOST_TEST(sluice::test::run_task(context, often(other)) == 200);
}

BOOST_AUTO_TEST_CASE(what_it_throws_comes_home) {
    other_thread other;
    boost::asio::io_context context;
    BOOST_CHECK_THROW(sluice::test::run_task(context, fail(other)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(cancellation_is_passed_on_and_its_end_is_waited_for) {
    other_thread other;
    for (int after = 0; after < 20; ++after) {
        boost::asio::io_context context;
        bool was_cut = false;
        sluice::test::run_task(context, cut_it(other, was_cut, std::chrono::milliseconds(after)));
        BOOST_TEST((was_cut || after == 0));
    }
}

BOOST_AUTO_TEST_SUITE_END()
