// Tests of base/recycled_frames.hpp: coroutines in memory of ours behave as any other.
#include "run_task.hpp"

#include <sluice/base/recycled_frames.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(recycled_frames)

class frugal : public sluice::recycled_frames {
  public:
    task<const void*> place() {
        const int local = 0;
        co_await boost::asio::post(use_awaitable);
        co_return static_cast<const void*>(&local);
    }
    task<std::string> text(std::size_t size) const {
        const auto on = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer over(on, std::chrono::milliseconds(0));
        boost::system::error_code why;
        co_await over.async_wait(boost::asio::redirect_error(use_awaitable, why));
        co_return std::string(size, 'x');
    }
    task<void> fails() {
        const std::string some = co_await text(100);
        throw std::runtime_error(some.substr(0, 3));
    }
    task<void> waits() {
        const auto on = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer never(on, boost::asio::steady_timer::time_point::max());
        co_await never.async_wait(use_awaitable);
    }
};

/// One of Asio's own frames, between two of ours.
task<std::string> through_another(const frugal* one) {
    std::string text = co_await one->text(50);
    co_return text + "y";
}

BOOST_AUTO_TEST_CASE(values_and_exceptions_come_back) {
    boost::asio::io_context context;
    frugal one;
    BOOST_TEST(test::run_task(context, one.text(100)) == std::string(100, 'x'));
    BOOST_TEST(test::run_task(context, through_another(&one)) == std::string(50, 'x') + "y");
    BOOST_CHECK_EXCEPTION(
        test::run_task(context, one.fails()),
        std::runtime_error,
        [](const std::runtime_error& why) { return why.what() == std::string("xxx"); }
    );
}

BOOST_AUTO_TEST_CASE(cancellation_is_thrown_out_of_the_wait) {
    boost::asio::io_context context;
    boost::asio::cancellation_signal stop;
    frugal one;
    boost::system::error_code why;
    boost::asio::co_spawn(
        context,
        one.waits(),
        boost::asio::bind_cancellation_slot(
            stop.slot(),
            [&why](std::exception_ptr thrown) {
                try {
                    std::rethrow_exception(thrown);
                } catch (const boost::system::system_error& error) {
                    why = error.code();
                }
            }
        )
    );
    context.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    context.run();
    BOOST_TEST(why == boost::asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(one_that_is_never_run_or_never_ends_is_destroyed_with_its_context) {
    frugal one;
    boost::asio::io_context context;
    const auto unused = one.text(10);
    boost::asio::co_spawn(context, one.waits(), [](std::exception_ptr) {});
    context.poll();
    BOOST_TEST(unused.valid());
}

#if !defined(__SANITIZE_ADDRESS__) // where nothing is used again, on purpose
task<bool> takes_one_place(frugal* one) {
    const void* const first = co_await one->place();
    const void* const second = co_await one->place();
    co_return first == second;
}

BOOST_AUTO_TEST_CASE(a_frame_is_used_again) {
    boost::asio::io_context context;
    frugal one;
    BOOST_TEST(test::run_task(context, takes_one_place(&one)));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
