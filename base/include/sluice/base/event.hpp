// base: things that happen, and coroutines that wait for them.
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

/// Something that happens again and again: `wait` returns at the next beat. Use from one strand: a
/// condition that is checked without suspension in between cannot miss one.
class pulse {
  public:
    explicit pulse(any_io_executor on) : wake_(on, boost::asio::steady_timer::time_point::max()) {}
    void beat() { wake_.cancel(); }
    /// Cancellation: terminal (throws).
    task<void> wait();

  private:
    boost::asio::steady_timer wake_;
};

} // namespace sluice
