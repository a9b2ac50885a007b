// stream: learning that another process has written a file.
#include "file_watch.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <array>
#include <chrono>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

namespace sluice::log {

namespace {

constexpr std::chrono::milliseconds look_again{200};

} // namespace

file_watch::file_watch(any_io_executor on, path name)
    : name_(std::move(name)), told_(on), clock_(on) {
    begin();
}

void file_watch::begin() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return;
    boost::system::error_code refused;
    if (::inotify_add_watch(descriptor, name_.c_str(), IN_MODIFY) >= 0)
        told_.assign(descriptor, refused);
    if (!told_.is_open()) ::close(descriptor);
}

void file_watch::forget_what_was_told() {
    alignas(inotify_event) std::array<char, 4096> events;
    while (::read(told_.native_handle(), events.data(), events.size()) > 0)
        continue;
}

task<void> file_watch::changed(deadline by) {
    namespace asio = boost::asio;
    clock_.expires_at(by.earliest(look_again).when());
    if (!told_.is_open()) {
        co_await clock_.async_wait(use_awaitable);
        begin(); // the file may be there by now
        co_return;
    }
    auto written = told_.async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred);
    auto passed = clock_.async_wait(asio::deferred);
    auto both = asio::experimental::make_parallel_group(std::move(written), std::move(passed));
    co_await both.async_wait(asio::experimental::wait_for_one(), use_awaitable);
    forget_what_was_told();
}

} // namespace sluice::log
