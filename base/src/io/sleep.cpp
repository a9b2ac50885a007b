// base: sleeping on the coroutine's own executor.
#include <sluice/base/sleep.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace sluice {

task<void> sleep_for(std::chrono::steady_clock::duration span, deadline by) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, by.earliest(span).when());
    co_await timer.async_wait(use_awaitable);
}

} // namespace sluice
