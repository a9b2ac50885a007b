// tools: a running transfer and the person in front of it: progress lines, Ctrl-C.
#pragma once

#include <sluice/engine.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>

namespace sluice::command {

struct console_options {
    bool quiet = false;
    bool terminal = false;                   ///< stderr is one
    std::chrono::milliseconds every{10'000}; ///< between plain lines, where it is none
};

/// Shows progress on stderr while a transfer runs; the first SIGINT or SIGTERM pauses it, the
/// second halts it. Lives until the executor has run out of work: its handlers refer to it.
class transfer_console {
  public:
    transfer_console(any_io_executor on, const console_options& options);

    void watch(transfer& what);
    /// No more lines; signals do again what they did before.
    void end();

  private:
    void wait_for_signal();
    void wait_for_turn();
    void show();

    console_options options_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    transfer* watched_ = nullptr;
    unsigned signals_seen_ = 0;
    std::size_t lines_shown_ = 0;
};

} // namespace sluice::command
