// test: waiting in order for what is counted, and leaving the queue without a trace.
#include "run_task.hpp"

#include <sluice/base/permits.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using sluice::permits;
using sluice::task;
using sluice::task_group;

/// What happened, in order; one letter for each who got what he asked for.
struct permit_desk {
    boost::asio::io_context context;
    permits pool;
    std::string served;
    std::vector<permits::lease> held;

    explicit permit_desk(std::uint64_t total) : pool(context.get_executor(), total) {}

    task<void> take(char name, std::uint64_t count) {
        permits::lease lease = co_await pool.acquire(count);
        served += name;
        held.push_back(std::move(lease));
    }
    /// Lets everything run that can run.
    task<void> settle() {
        for (int i = 0; i < 20; ++i)
            co_await boost::asio::post(sluice::use_awaitable);
    }
};

void ask(permit_desk& desk, task_group& group, char name, std::uint64_t count) {
    group.spawn([&desk, name, count] { return desk.take(name, count); });
}

task<void> serve_in_order(permit_desk& desk) {
    task_group group(desk.context.get_executor());
    ask(desk, group, 'a', 3);
    ask(desk, group, 'b', 3);
    ask(desk, group, 'c', 1); // would fit, and must not pass b
    co_await desk.settle();
    BOOST_TEST(desk.served == "a");
    BOOST_TEST(desk.pool.available() == 1u);
    desk.held.clear();
    co_await group.join();
    BOOST_TEST(desk.served == "abc");
    desk.held.clear();
    BOOST_TEST(desk.pool.available() == 4u);
}

task<void> ask_for_too_much(permit_desk& desk) {
    task_group group(desk.context.get_executor());
    ask(desk, group, 'a', 1);
    ask(desk, group, 'b', 1000);
    co_await desk.settle();
    BOOST_TEST(desk.served == "a");
    desk.held.clear();
    co_await group.join();
    BOOST_TEST(desk.served == "ab");
    BOOST_TEST(desk.held.front().count() == 4u);
    BOOST_TEST(desk.pool.available() == 0u);
    desk.held.clear();
    BOOST_TEST(desk.pool.available() == 4u);
}

task<void> cancel_who_stands_first(permit_desk& desk) {
    task_group first(desk.context.get_executor());
    task_group second(desk.context.get_executor());
    permits::lease all = co_await desk.pool.acquire(3);
    ask(desk, first, 'a', 4);
    ask(desk, second, 'b', 1);
    co_await desk.settle();
    BOOST_TEST(desk.served == "");
    first.cancel();
    co_await first.join();
    co_await second.join();
    BOOST_TEST(desk.served == "b"); // one was free all the time
    all.release();
    desk.held.clear();
    BOOST_TEST(desk.pool.available() == 4u);
}

task<void> cancel_in_the_moment_of_the_grant(permit_desk& desk) {
    task_group group(desk.context.get_executor());
    permits::lease all = co_await desk.pool.acquire(4);
    ask(desk, group, 'a', 4);
    co_await desk.settle();
    all.release();
    group.cancel();
    co_await group.join();
    desk.held.clear();
    BOOST_TEST(desk.pool.available() == 4u);
    all = co_await desk.pool.acquire(4);
    BOOST_TEST(all.count() == 4u);
}

task<void> cancel_just_before_the_grant(permit_desk& desk) {
    task_group group(desk.context.get_executor());
    permits::lease all = co_await desk.pool.acquire(4);
    ask(desk, group, 'a', 4);
    ask(desk, group, 'b', 4);
    co_await desk.settle();
    group.cancel();
    all.release();
    co_await group.join();
    desk.held.clear();
    BOOST_TEST(desk.pool.available() == 4u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(permits_queue)

BOOST_AUTO_TEST_CASE(who_comes_first_is_served_first) {
    permit_desk desk(4);
    sluice::test::run_task(desk.context, serve_in_order(desk));
}

BOOST_AUTO_TEST_CASE(what_is_free_can_be_taken_without_waiting) {
    permit_desk desk(4);
    auto three = desk.pool.try_acquire(3);
    BOOST_TEST_REQUIRE(three.has_value());
    BOOST_TEST(three->count() == 3u);
    BOOST_TEST(!desk.pool.try_acquire(2).has_value());
    BOOST_TEST(desk.pool.available() == 1u);
    three.reset();
    BOOST_TEST(desk.pool.try_acquire(9)->count() == 4u); // all there are
    BOOST_TEST(desk.pool.available() == 4u);
}

BOOST_AUTO_TEST_CASE(more_than_everything_is_granted_when_everything_is_free) {
    permit_desk desk(4);
    sluice::test::run_task(desk.context, ask_for_too_much(desk));
}

BOOST_AUTO_TEST_CASE(a_cancelled_waiter_takes_nothing_and_blocks_nobody) {
    permit_desk desk(4);
    sluice::test::run_task(desk.context, cancel_who_stands_first(desk));
}

BOOST_AUTO_TEST_CASE(cancelling_in_the_moment_of_the_grant_loses_nothing) {
    permit_desk desk(4);
    sluice::test::run_task(desk.context, cancel_in_the_moment_of_the_grant(desk));
}

BOOST_AUTO_TEST_CASE(cancelling_just_before_the_grant_loses_nothing) {
    permit_desk desk(4);
    sluice::test::run_task(desk.context, cancel_just_before_the_grant(desk));
}

BOOST_AUTO_TEST_CASE(a_context_may_end_with_waiters_in_the_queue) {
    boost::asio::io_context context;
    permits pool(context.get_executor(), 1);
    const permits::lease all = sluice::test::run_task(context, pool.acquire(1));
    int ended = 0;
    const auto count = [&](std::exception_ptr, permits::lease) { ++ended; };
    boost::asio::co_spawn(context, pool.acquire(1), count);
    context.restart();
    context.poll();
    BOOST_TEST(ended == 0); // and the sanitizers see that the abandoned frame touches nothing
}

BOOST_AUTO_TEST_CASE(a_lease_moves_and_gives_back_once) {
    boost::asio::io_context context;
    permits pool(context.get_executor(), 4);
    permits::lease one = sluice::test::run_task(context, pool.acquire(3));
    BOOST_TEST(pool.available() == 1u);
    permits::lease two = std::move(one);
    one.release();
    BOOST_TEST(pool.available() == 1u);
    two = permits::lease();
    BOOST_TEST(pool.available() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
