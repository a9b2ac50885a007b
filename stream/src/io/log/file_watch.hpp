// stream: learning that another process has written a file.
#pragma once

#include "file_system.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sluice::log {

/// Woken by inotify where the system has a watch left and the file is there; else by the clock.
/// Use from one strand; one waits at a time.
class file_watch {
  public:
    file_watch(any_io_executor on, path name);

    /// Returns when the file was written since the last call, at `by`, or a fifth of a second later
    /// (a write may be missed on file systems that do not tell). Cancellation: terminal (throws).
    task<void> changed(deadline by);

  private:
    void begin();
    void forget_what_was_told();

    path name_;
    boost::asio::posix::stream_descriptor told_;
    boost::asio::steady_timer clock_;
};

} // namespace sluice::log
