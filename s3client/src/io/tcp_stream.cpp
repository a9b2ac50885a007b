// s3client: a socket that is tried first and waited for second, with one lazy alarm.
#include "tcp_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::s3 {

namespace {

using boost::asio::ip::tcp;

error_code last_error() {
    return error_code(errno, boost::system::system_category());
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

class tcp_stream final : public byte_stream,
                         public parking,
                         private alarms::sleeper,
                         private readiness::source {
  public:
    /// Takes the socket.
    tcp_stream(std::shared_ptr<const stream_service> by, int socket)
        : by_(std::move(by)), socket_(socket) {}
    ~tcp_stream() override {
        by_->clock->clear(*this);
        by_->sockets->close(*this, socket_);
    }

    moved try_read(bytes_span into) override {
        moved step;
        const ssize_t n = ::recv(socket_, into.data(), into.size(), MSG_DONTWAIT);
        if (n > 0) {
            step.bytes = static_cast<std::size_t>(n);
            step.drained = step.bytes < into.size();
        } else if (n == 0)
            step.error = boost::asio::error::eof;
        else if (!would_block())
            step.error = last_error();
        return step;
    }
    moved try_write(bytes_view from) override {
        moved step;
        step.next = wait_for::writable;
        const ssize_t n = ::send(socket_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            step.bytes = static_cast<std::size_t>(n);
        else if (!would_block())
            step.error = last_error();
        return step;
    }
    task<error_code> wait(wait_for what, deadline by) override;
    parking* parks() override { return this; }
    void park(wait_for what, deadline by, parked who) override {
        expired_ = cancelled_ = false;
        set_deadline(by);
        const bool to_read = what != wait_for::writable, to_write = what != wait_for::readable;
        failed_ = by_->sockets->wait(*this, socket_, to_read, to_write).value();
        who_ = std::move(who);
    }
    void cancel() override {
        if (!who_) return;
        cancelled_ = true;
        by_->sockets->tell(*this);
    }
    bool may_hold_input() override { return false; }
    bool hold_until(std::size_t bytes) override {
        const int least = static_cast<int>(std::max<std::size_t>(bytes, 1));
        if (held_ == least) return true;
        if (::setsockopt(socket_, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) != 0) return false;
        held_ = least;
        return true;
    }
    bool has_input() override {
        std::byte one;
        const ssize_t n = ::recv(socket_, &one, 1, MSG_DONTWAIT | MSG_PEEK);
        return n >= 0 || !would_block();
    }
    std::uint64_t unacknowledged() const override {
        int bytes = 0;
        return ::ioctl(socket_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
    }
    void rest() override {
        due_ = deadline::never().when();
        by_->clock->clear(*this);
    }

  private:
    /// The alarm is set only when it would come too late, not for every wait: moving a deadline
    /// forward costs nothing.
    void set_deadline(deadline by) {
        due_ = by.when();
        if (!by.is_never() && due_ < alarms::time_of(*this)) by_->clock->set(*this, due_);
    }
    void wake() override {
        if (!who_) return;
        if (deadline::clock::now() < due_) return set_deadline(deadline::at(due_));
        expired_ = true;
        by_->sockets->tell(*this);
    }
    void woken() override {
        error_code why(failed_, boost::system::system_category());
        if (expired_) why = boost::asio::error::timed_out;
        if (cancelled_) why = boost::asio::error::operation_aborted;
        std::move(who_).resume(why);
    }
    void dropped() override { const parked gone = std::move(who_); }

    std::shared_ptr<const stream_service> by_;
    parked who_; ///< waits
    deadline::clock::time_point due_ = deadline::never().when();
    int socket_;
    int held_ = 1;   ///< SO_RCVLOWAT
    int failed_ = 0; ///< of the system: why it cannot wait
    bool expired_ = false, cancelled_ = false;
};

task<error_code> tcp_stream::wait(wait_for what, deadline by) {
    parked_wait waiting{*this, what, by};
    error_code why;
    std::tie(why) = co_await std::move(waiting);
    if (why == boost::asio::error::operation_aborted)
        throw boost::system::system_error(why, "s3 connection");
    co_return why;
}

/// A socket that begins to connect, or is connected already; negative: `why` tells.
int begin_connecting(const tcp::endpoint& to, error_code& why) {
    const int made = ::socket(
        to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, to.protocol().protocol()
    );
    if (made < 0) {
        why = last_error();
        return made;
    }
    const int yes = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(made, to.data(), static_cast<socklen_t>(to.size())) == 0) return made;
    if (errno == EINPROGRESS) return made;
    why = last_error();
    ::close(made);
    return -1;
}

error_code outcome_of_connecting(int socket) {
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0) return last_error();
    return error_code(code, boost::system::system_category());
}

} // namespace

task<boost::system::result<std::unique_ptr<byte_stream>>> connect_tcp(
    std::shared_ptr<const stream_service> by,
    const std::string& address,
    std::uint16_t port,
    deadline until
) {
    error_code why;
    const auto numeric = boost::asio::ip::make_address(address, why);
    if (why) co_return why;
    const tcp::endpoint to(numeric, port);
    const int socket = begin_connecting(to, why);
    if (socket < 0) co_return why;
    std::unique_ptr<byte_stream> connected = std::make_unique<tcp_stream>(std::move(by), socket);
    why = co_await connected->wait(wait_for::writable, until);
    if (!why) why = outcome_of_connecting(socket);
    if (why) co_return why;
    co_return std::move(connected);
}

} // namespace sluice::s3
