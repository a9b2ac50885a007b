// engine: something that happens once, and coroutines that wait for it.
#pragma once

#include <sluice/base/task.hpp>

#include <boost/asio/steady_timer.hpp>

namespace sluice {

/// Use from one strand. Must outlive those who wait.
class event {
public:
    explicit event(any_io_executor on) : wake_(on, boost::asio::steady_timer::time_point::max()) {}
    void set() {
        set_ = true;
        wake_.cancel();
    }
    bool is_set() const { return set_; }
    /// Cancellation: terminal (throws).
    task<void> wait();

private:
    bool set_ = false;
    boost::asio::steady_timer wake_;
};

} // namespace sluice
