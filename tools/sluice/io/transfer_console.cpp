// tools: a running transfer and the person in front of it: progress lines, Ctrl-C.
#include "transfer_console.hpp"

#include "../core/progress_line.hpp"
#include "output.hpp"

#include <csignal>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::command {

namespace {

std::size_t columns_of_terminal() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

} // namespace

transfer_console::transfer_console(any_io_executor on, const console_options& options)
    : options_(options), signals_(on), timer_(on) {}

void transfer_console::watch(transfer& what) {
    watched_ = &what;
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    wait_for_signal();
    if (!options_.quiet) wait_for_turn();
}

void transfer_console::end() {
    if (!options_.quiet && options_.terminal && watched_) show(); // the last state stays on screen
    watched_ = nullptr;
    boost::system::error_code ignored;
    signals_.cancel(ignored);
    signals_.clear(ignored);
    timer_.cancel();
}

void transfer_console::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& ec, int) {
        if (ec || !watched_) return;
        ++signals_seen_;
        if (signals_seen_ == 1) {
            watched_->pause();
            write_err("sluice: pausing; once more stops at once (nothing is lost either way)\n");
            lines_shown_ = 0;
        } else {
            watched_->halt();
        }
        wait_for_signal();
    });
}

void transfer_console::wait_for_turn() {
    constexpr std::chrono::milliseconds blink{200};
    timer_.expires_after(options_.terminal ? blink : options_.every);
    timer_.async_wait([this](const boost::system::error_code& ec) {
        if (ec || !watched_) return;
        show();
        wait_for_turn();
    });
}

void transfer_console::show() {
    const std::vector<std::string> lines = progress_lines(watched_->snapshot());
    if (options_.terminal) {
        write_err(redraw(lines, lines_shown_, columns_of_terminal()));
        lines_shown_ = lines.size();
        return;
    }
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    write_err(text);
}

} // namespace sluice::command
