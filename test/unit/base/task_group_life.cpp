// test: children of one parent, their failures and their end.
#include "run_task.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace {

using sluice::task;
using sluice::task_group;
using namespace std::chrono_literals;

/// Counts who is inside, so that nobody can stay behind unseen.
struct visit {
    int& inside;
    explicit visit(int& counter) : inside(counter) { ++inside; }
    ~visit() { --inside; }
};

struct playground {
    boost::asio::io_context context;
    int inside = 0;
    int ended_well = 0;
    int most = 0;

    task<void> sleeper() {
        const visit here(inside);
        most = std::max(most, inside);
        co_await sluice::sleep_for(1h);
    }
    task<void> steps(int count) {
        const visit here(inside);
        most = std::max(most, inside);
        for (int i = 0; i < count; ++i)
            co_await boost::asio::post(sluice::use_awaitable);
        ++ended_well;
    }
    task<void> fail_after(int count) {
        co_await steps(count);
        throw std::runtime_error("child");
    }
    task<void> stubborn() {
        const visit here(inside);
        const auto disable = boost::asio::disable_cancellation();
        co_await boost::asio::this_coro::reset_cancellation_state(disable);
        for (int i = 0; i < 50; ++i)
            co_await boost::asio::post(sluice::use_awaitable);
        ++ended_well;
    }
    /// Runs `parent` and cancels it after so many turns of the loop; returns what it threw.
    std::exception_ptr run_and_cancel(task<void> parent, int turns) {
        boost::asio::cancellation_signal signal;
        std::exception_ptr why;
        bool ended = false;
        auto on_end = [&](std::exception_ptr e) {
            why = std::move(e);
            ended = true;
        };
        auto handler = boost::asio::bind_cancellation_slot(signal.slot(), on_end);
        boost::asio::co_spawn(context, std::move(parent), std::move(handler));
        for (int i = 0; i < turns; ++i)
            context.poll_one();
        boost::asio::post(context, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
        context.run();
        BOOST_TEST(ended);
        return why;
    }
};

/// Counts how often it is told to end, and ends when it is let go.
struct told_often {
    int told = 0;
    std::function<void()> let_go;

    task<void> wait() {
        auto begin = [this](auto handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.assign([this](boost::asio::cancellation_type) { ++told; });
            auto kept = std::make_shared<decltype(handler)>(std::move(handler));
            let_go = [kept] { std::move (*kept)(); };
        };
        auto waiting = boost::asio::async_initiate<
            const boost::asio::use_awaitable_t<sluice::any_io_executor>,
            void()>(begin, sluice::use_awaitable);
        co_await std::move(waiting);
    }
};

task<void> many_end_because_they_were_told_to(playground& ground, told_often& slow) {
    task_group group(ground.context.get_executor());
    group.spawn([&slow] { return slow.wait(); });
    for (int n = 0; n < 20; ++n)
        group.spawn([&ground] { return ground.sleeper(); });
    co_await ground.steps(3);
    group.cancel();
    while (ground.inside > 0)
        co_await boost::asio::post(sluice::use_awaitable);
    slow.let_go();
    co_await group.join();
}

bool aborted(const std::exception_ptr& why) {
    if (!why) return false;
    try {
        std::rethrow_exception(why);
    } catch (const boost::system::system_error& e) {
        return e.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

task<void> join_three(playground& ground) {
    task_group group(ground.context.get_executor());
    for (int i = 1; i < 4; ++i)
        group.spawn([&ground, i] { return ground.steps(i); });
    co_await group.join();
    BOOST_TEST(group.running() == 0u);
    co_await group.join(); // again is fine
}

task<void> one_fails(playground& ground) {
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    group.spawn([&ground] { return ground.fail_after(3); });
    group.spawn([&ground] { return ground.stubborn(); });
    co_await group.join();
}

task<void> fail_at_once(playground& ground) {
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    group.spawn([]() -> task<void> { throw std::logic_error("before the first step"); });
    BOOST_TEST(group.stopping());
    group.spawn([&ground] { return ground.steps(1); }); // not started any more
    co_await group.join();
}

task<void> throw_first(playground& ground, int steps) {
    co_await ground.steps(steps);
    throw std::logic_error("body");
}

task<void> parent_with_children(playground& ground) {
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    group.spawn([&ground] { return ground.stubborn(); });
    co_await group.join();
    co_await boost::asio::post(sluice::use_awaitable);
    BOOST_ERROR("a cancelled parent goes on");
}

task<void> sleep_among_children(playground& ground, task_group& group) {
    group.spawn([&ground] { return ground.sleeper(); });
    group.spawn([&ground] { return ground.stubborn(); });
    co_await ground.sleeper();
}

task<void> scoped_parent(playground& ground) {
    std::function<task<void>(task_group&)> body = [&ground](task_group& group) {
        return sleep_among_children(ground, group);
    };
    co_await sluice::with_task_group(ground.context.get_executor(), std::move(body));
}

/// Whose work is that of its children: nothing is awaited behind it.
task<void> parent_of_nothing_else(playground& ground) {
    std::function<task<void>(task_group&)> body = [&ground](task_group& group) -> task<void> {
        group.spawn([&ground] { return ground.sleeper(); });
        co_return;
    };
    co_await sluice::with_task_group(ground.context.get_executor(), body);
    BOOST_ERROR("a cancelled parent goes on");
}

task<void> joins_and_nothing_else(playground& ground) {
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    co_await group.join();
    BOOST_ERROR("a cancelled parent goes on");
}

task<void> scope_that_throws(playground& ground) {
    std::function<task<void>(task_group&)> body = [&ground](task_group& group) {
        group.spawn([&ground] { return ground.sleeper(); });
        return throw_first(ground, 2);
    };
    co_await sluice::with_task_group(ground.context.get_executor(), std::move(body));
}

task<void> keep_below(playground& ground) {
    task_group group(ground.context.get_executor());
    for (int i = 0; i < 20; ++i) {
        co_await group.wait_below(3);
        group.spawn([&ground, i] { return ground.steps(1 + i % 4); });
        BOOST_TEST(group.running() <= 3u);
    }
    co_await group.join();
}

task<void> cancel_own_group(playground& ground, task_group& group) {
    group.cancel();
    co_await ground.sleeper();
}

task<void> cancelled_on_purpose(playground& ground) {
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    group.spawn([&ground, &group] { return cancel_own_group(ground, group); });
    group.cancel();
    co_await group.join();
}

task<void> ends_where_it_is_cancelled() {
    auto begin = [](auto handler) {
        const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        auto slot = boost::asio::get_associated_cancellation_slot(*kept);
        slot.assign([kept](boost::asio::cancellation_type) {
            auto resume = std::move(*kept);
            std::move(resume)();
        });
    };
    using token = const boost::asio::use_awaitable_t<>;
    co_await boost::asio::async_initiate<token, void()>(begin, sluice::use_awaitable);
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_group_life)

BOOST_AUTO_TEST_CASE(join_waits_for_all) {
    playground ground;
    sluice::test::run_task(ground.context, join_three(ground));
    BOOST_TEST(ground.ended_well == 3);
    BOOST_TEST(ground.most == 3);
}

BOOST_AUTO_TEST_CASE(the_first_failure_cancels_the_rest_and_is_what_join_throws) {
    playground ground;
    BOOST_CHECK_THROW(
        sluice::test::run_task(ground.context, one_fails(ground)), std::runtime_error
    );
    BOOST_TEST(ground.inside == 0);
    BOOST_TEST(ground.ended_well == 2); // the failing one's steps, and the stubborn one
}

BOOST_AUTO_TEST_CASE(a_failure_before_the_first_step_is_not_lost) {
    playground ground;
    BOOST_CHECK_THROW(
        sluice::test::run_task(ground.context, fail_at_once(ground)), std::logic_error
    );
    BOOST_TEST(ground.inside == 0);
    BOOST_TEST(ground.ended_well == 0);
}

BOOST_AUTO_TEST_CASE(children_that_are_cancelled_on_purpose_are_no_failure) {
    playground ground;
    sluice::test::run_task(ground.context, cancelled_on_purpose(ground));
    BOOST_TEST(ground.inside == 0);
}

BOOST_AUTO_TEST_CASE(children_cancelled_before_the_loop_runs_never_start) {
    playground ground;
    task_group group(ground.context.get_executor());
    group.spawn([&ground] { return ground.sleeper(); });
    group.cancel();
    ground.context.run();
    BOOST_TEST(group.running() == 0u);
    BOOST_TEST(ground.most == 0);
}

BOOST_AUTO_TEST_CASE(a_parent_cancelled_while_it_joins_takes_its_children_along) {
    for (int turns = 1; turns < 12; ++turns) {
        playground ground;
        const auto why = ground.run_and_cancel(parent_with_children(ground), turns);
        BOOST_TEST(aborted(why));
        BOOST_TEST(ground.inside == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_scope_joins_when_its_body_is_cancelled) {
    for (int turns = 0; turns < 60; ++turns) {
        playground ground;
        const auto why = ground.run_and_cancel(scoped_parent(ground), turns);
        BOOST_TEST(aborted(why));
        BOOST_TEST(ground.inside == 0);
    }
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_does_not_look_as_if_its_children_had_ended_well) {
    for (int turns = 2; turns < 12; ++turns) {
        playground scope, join;
        BOOST_TEST(aborted(scope.run_and_cancel(parent_of_nothing_else(scope), turns)));
        BOOST_TEST(aborted(join.run_and_cancel(joins_and_nothing_else(join), turns)));
        BOOST_TEST(scope.inside + join.inside == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_scope_joins_when_its_body_throws) {
    playground ground;
    BOOST_CHECK_THROW(
        sluice::test::run_task(ground.context, scope_that_throws(ground)), std::logic_error
    );
    BOOST_TEST(ground.inside == 0);
}

/// Else ten thousand that end take the square of that.
BOOST_AUTO_TEST_CASE(children_are_told_once_however_many_end_because_of_it) {
    playground ground;
    told_often slow;
    sluice::test::run_task(ground.context, many_end_because_they_were_told_to(ground, slow));
    BOOST_TEST(slow.told == 1);
}

/// Asio's own operations never end within the call that cancels them; a host's may.
BOOST_AUTO_TEST_CASE(who_ends_while_it_is_told_has_ended_in_a_later_turn) {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    group.spawn([] { return ends_where_it_is_cancelled(); });
    group.spawn([] { return ends_where_it_is_cancelled(); });
    context.poll();
    BOOST_TEST(group.running() == 2u);
    group.cancel();
    BOOST_TEST(group.running() == 2u);
    context.restart();
    context.run();
    BOOST_TEST(group.running() == 0u);
}

/// Whatever it waits for, and although the context knows of nothing.
BOOST_AUTO_TEST_CASE(a_context_runs_as_long_as_there_are_children) {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    group.spawn([] { return ends_where_it_is_cancelled(); });
    context.poll();
    BOOST_TEST(!context.stopped());
    group.cancel();
    context.run();
    BOOST_TEST(context.stopped());
    BOOST_TEST(group.running() == 0u);
}

BOOST_AUTO_TEST_CASE(wait_below_bounds_how_many_run) {
    playground ground;
    sluice::test::run_task(ground.context, keep_below(ground));
    BOOST_TEST(ground.ended_well == 20);
    BOOST_TEST(ground.most == 3);
}

BOOST_AUTO_TEST_SUITE_END()
