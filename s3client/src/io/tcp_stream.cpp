// s3client: a socket that is tried first and waited for second, with one lazy alarm.
#include "tcp_stream.hpp"

#include "spare_allocator.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sys/socket.h>

namespace sluice::s3 {

namespace {

using boost::asio::ip::tcp;

error_code last_error() {
    return error_code(errno, boost::system::system_category());
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// What alarm and watch share with the stream; it outlives the stream until the
/// last of them has run.
struct socket_state final : alarms::sleeper, std::enable_shared_from_this<socket_state> {
    socket_state(const any_io_executor& on, std::shared_ptr<alarms> by)
        : socket(on), clock(std::move(by)) {}

    /// The alarm is set only when it would come too late, not for every wait: moving a deadline
    /// forward costs nothing.
    void set_deadline(deadline by) {
        due = by.when();
        if (!by.is_never() && due < alarms::time_of(*this)) clock->set(*this, due);
    }
    void wake() override {
        if (!waiting) return;
        if (deadline::clock::now() < due) return set_deadline(deadline::at(due));
        expired = true;
        error_code ignored;
        socket.cancel(ignored);
    }
    /// One pending watch for all writes of a body: it wakes the writer when an answer comes.
    void watch_for_answer() {
        if (std::exchange(watching, true)) return;
        auto seen = [self = shared_from_this()](error_code why) {
            if (why) return; // the stream rests, or is gone
            self->watching = false;
            self->answer_seen = true;
            error_code ignored;
            if (self->waiting_to_write) self->socket.cancel(ignored);
        };
        socket.async_wait(
            tcp::socket::wait_read,
            boost::asio::bind_allocator(spare_allocator<char>(), std::move(seen))
        );
    }
    void close() {
        error_code ignored;
        clock->clear(*this);
        socket.close(ignored);
    }

    tcp::socket socket;
    std::shared_ptr<alarms> clock;
    deadline::clock::time_point due = deadline::never().when();
    bool waiting = false, waiting_to_write = false, expired = false;
    bool watching = false, answer_seen = false;
};

/// The flags of a wait, taken back however it ends.
struct waiting_mark {
    waiting_mark(socket_state& in, bool to_write) : in_(in) {
        in_.waiting = true;
        in_.waiting_to_write = to_write;
    }
    ~waiting_mark() { in_.waiting = in_.waiting_to_write = false; }
    waiting_mark(const waiting_mark&) = delete;
    waiting_mark& operator=(const waiting_mark&) = delete;
    socket_state& in_;
};

/// A waiting coroutine's handler, in a spare block. (Boost 1.81 cannot bind an allocator to it: it
/// would copy what can only be moved.)
template <class Handler>
struct spare_handler {
    using allocator_type = spare_allocator<char>;
    using executor_type = boost::asio::associated_executor_t<Handler>;
    using cancellation_slot_type = boost::asio::associated_cancellation_slot_t<Handler>;

    Handler resume;

    allocator_type get_allocator() const noexcept { return {}; }
    executor_type get_executor() const noexcept {
        return boost::asio::get_associated_executor(resume);
    }
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return boost::asio::get_associated_cancellation_slot(resume);
    }
    void operator()(error_code why) { std::move(resume)(std::tuple(why)); }
};

/// A wait that a coroutine awaits as it is: of what `use_awaitable` makes, thousands that wait
/// would each hold one.
struct spare_wait {
    tcp::socket& socket;
    tcp::socket::wait_type kind;

    /// Asio asks whether this takes its frame, to which it points, before it gives its token.
    template <class Token>
    requires(!std::is_pointer_v<std::remove_reference_t<Token>>) auto operator()(Token&& token) {
        auto begin = [of = &socket, by = kind](auto&& handler) {
            using handler_type = std::remove_cvref_t<decltype(handler)>;
            of->async_wait(by, spare_handler<handler_type>{std::move(handler)});
        };
        using signature = void(std::tuple<error_code>);
        return boost::asio::async_initiate<Token, signature>(std::move(begin), token);
    }
};

class tcp_stream final : public byte_stream {
  public:
    explicit tcp_stream(std::shared_ptr<socket_state> state) : state_(std::move(state)) {}
    ~tcp_stream() override { state_->close(); }

    moved try_read(bytes_span into) override {
        moved step;
        const ssize_t n = ::recv(handle(), into.data(), into.size(), MSG_DONTWAIT);
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
        const ssize_t n = ::send(handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            step.bytes = static_cast<std::size_t>(n);
        else if (!would_block())
            step.error = last_error();
        return step;
    }
    task<error_code> wait(wait_for what, deadline by) override { return wait(what, by, true); }
    task<error_code> wait_for_answer(wait_for what, deadline by) override {
        return wait(what, by, false);
    }
    bool may_hold_input() override { return false; }
    bool hold_until(std::size_t bytes) override {
        const int least = static_cast<int>(std::max<std::size_t>(bytes, 1));
        if (held_ == least) return true;
        if (::setsockopt(handle(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) != 0)
            return false;
        held_ = least;
        return true;
    }
    bool has_input() override {
        std::byte one;
        const ssize_t n = ::recv(handle(), &one, 1, MSG_DONTWAIT | MSG_PEEK);
        return n >= 0 || !would_block();
    }
    void rest() override {
        state_->due = deadline::never().when();
        state_->clock->clear(*state_);
        state_->answer_seen = false;
        error_code ignored;
        if (std::exchange(state_->watching, false)) state_->socket.cancel(ignored);
    }

  private:
    task<error_code> wait(wait_for what, deadline by, bool throws);
    int handle() { return state_->socket.native_handle(); }

    std::shared_ptr<socket_state> state_;
    int held_ = 1; ///< SO_RCVLOWAT
};

task<error_code> tcp_stream::wait(wait_for what, deadline by, bool throws) {
    const std::shared_ptr<socket_state> state = state_;
    const bool to_write = what != wait_for::readable;
    error_code why;
    state->answer_seen = false;
    state->expired = false;
    {
        const waiting_mark mark(*state, what == wait_for::writable_or_answer);
        state->set_deadline(by);
        if (what == wait_for::writable_or_answer) state->watch_for_answer();
        const auto kind = to_write ? tcp::socket::wait_write : tcp::socket::wait_read;
        spare_wait waiting{state->socket, kind};
        std::tie(why) = co_await std::move(waiting);
    }
    const auto asked = co_await boost::asio::this_coro::cancellation_state;
    if (asked.cancelled() != boost::asio::cancellation_type::none) {
        const error_code cancelled = boost::asio::error::operation_aborted;
        if (!throws) co_return cancelled;
        throw boost::system::system_error(cancelled, "s3 connection");
    }
    if (state->expired) co_return error_code(boost::asio::error::timed_out);
    if (state->answer_seen) co_return error_code();
    co_return why;
}

/// Begins to connect; true when that is under way or done.
bool begin_connecting(tcp::socket& socket, const tcp::endpoint& to, error_code& why) {
    socket.open(to.protocol(), why);
    if (why) return false;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.native_non_blocking(true, why);
    if (why) return false;
    if (::connect(socket.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0)
        return true;
    if (errno == EINPROGRESS) return true;
    why = last_error();
    return false;
}

error_code outcome_of_connecting(tcp::socket& socket) {
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &code, &size) != 0)
        return last_error();
    return error_code(code, boost::system::system_category());
}

} // namespace

task<boost::system::result<std::unique_ptr<byte_stream>>> connect_tcp(
    any_io_executor on,
    std::shared_ptr<alarms> clock,
    const std::string& address,
    std::uint16_t port,
    deadline by
) {
    error_code why;
    const auto numeric = boost::asio::ip::make_address(address, why);
    if (why) co_return why;
    const auto state = std::make_shared<socket_state>(on, std::move(clock));
    auto stream = std::make_unique<tcp_stream>(state);
    const tcp::endpoint to(numeric, port);
    if (!begin_connecting(state->socket, to, why)) co_return why;
    why = co_await stream->wait(wait_for::writable, by);
    if (!why) why = outcome_of_connecting(state->socket);
    if (why) co_return why;
    std::unique_ptr<byte_stream> connected = std::move(stream);
    co_return std::move(connected);
}

} // namespace sluice::s3
