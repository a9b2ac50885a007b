// base: things that happen, and coroutines that wait for them.
#include <sluice/base/event.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>

namespace sluice {

task<void> event::wait() {
    while (!set_) {
        boost::system::error_code woken;
        co_await wake_.async_wait(boost::asio::redirect_error(use_awaitable, woken));
    }
}

task<void> pulse::wait() {
    boost::system::error_code woken;
    co_await wake_.async_wait(boost::asio::redirect_error(use_awaitable, woken));
}

} // namespace sluice
