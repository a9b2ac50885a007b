// s3sim: the one unit that owns TCP and TLS.
#include "io/byte_stream.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

#include <poll.h>

namespace sluice::sim {

namespace tcp_detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using tls_stream = asio::ssl::stream<boost::beast::tcp_stream>;

/// Bytes given to one write of the socket: Asio's own composed write would cut at 64 KiB.
constexpr std::size_t write_bytes = std::size_t(1) << 20;

boost::beast::tcp_stream& lowest(boost::beast::tcp_stream& stream) {
    return stream;
}
boost::beast::tcp_stream& lowest(tls_stream& stream) {
    return stream.next_layer();
}

/// How far one direction is ahead of its pace.
class direction {
  public:
    using clock = std::chrono::steady_clock;

    void set(std::uint64_t bytes_per_second) {
        if (rate_ == bytes_per_second) return;
        rate_ = bytes_per_second;
        free_at_ = clock::now();
    }
    bool is_paced() const { return rate_ > 0; }
    /// Of `wanted` bytes those that may go in one piece: a twentieth of a second's.
    std::size_t most(std::size_t wanted) const {
        if (!is_paced() || wanted == 0) return wanted;
        return std::min<std::size_t>(wanted, std::max<std::uint64_t>(rate_ / 20, 1));
    }
    /// How long to wait after so many.
    std::chrono::milliseconds moved(std::size_t bytes) {
        const auto now = clock::now();
        const std::chrono::duration<double> cost(double(bytes) / double(rate_));
        free_at_ = std::max(free_at_, now) + std::chrono::duration_cast<clock::duration>(cost);
        return std::chrono::ceil<std::chrono::milliseconds>(free_at_ - now);
    }

  private:
    std::uint64_t rate_ = 0;
    clock::time_point free_at_{};
};

template <class Stream>
class socket_stream final : public byte_stream {
  public:
    explicit socket_stream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {
        const auto peer = socket().remote_endpoint(ignored_);
        loopback_ = !ignored_ && peer.address().is_loopback();
    }

    task<std::size_t> read_some(bytes_span to) override {
        lowest(*stream_).expires_after(limit_);
        error_code ec;
        const auto space = asio::buffer(to.data(), read_.most(to.size()));
        const auto got =
            co_await stream_->async_read_some(space, asio::redirect_error(use_awaitable, ec));
        if (read_.is_paced()) co_await sleep_for(read_.moved(got));
        co_return got;
    }

    task<bool> write(bytes_view first, bytes_view second) override {
        while (!first.empty() || !second.empty()) {
            lowest(*stream_).expires_after(limit_);
            const auto front = written_.most(first.size());
            const bool whole = front == first.size();
            const auto tail = whole ? written_.most(std::min(second.size(), write_bytes)) : 0;
            std::array<asio::const_buffer, 2> pieces;
            pieces[0] = asio::const_buffer(first.data(), front);
            pieces[1] = asio::const_buffer(second.data(), tail);
            error_code ec;
            const auto sent =
                co_await stream_->async_write_some(pieces, asio::redirect_error(use_awaitable, ec));
            if (ec) co_return false;
            if (written_.is_paced()) co_await sleep_for(written_.moved(sent));
            const auto of_first = std::min(sent, first.size());
            first = first.subspan(of_first);
            second = second.subspan(sent - of_first);
        }
        co_return true;
    }

    void expires_after(std::chrono::milliseconds span) override { limit_ = span; }

    /// Of a slow line: what has not been read yet has not come yet, but for a little.
    void pace(std::uint64_t bytes_per_second) override {
        read_.set(bytes_per_second);
        written_.set(bytes_per_second);
        if (!read_.is_paced()) return;
        constexpr int on_its_way = 256 << 10;
        socket().set_option(asio::socket_base::receive_buffer_size(on_its_way), ignored_);
    }

    task<void> end() override {
        lowest(*stream_).expires_after(std::chrono::seconds(2));
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            error_code ec;
            co_await stream_->async_shutdown(asio::redirect_error(use_awaitable, ec));
        }
        socket().shutdown(tcp::socket::shutdown_send, ignored_);
    }

    void reset() override {
        socket().set_option(asio::socket_base::linger(true, 0), ignored_);
        socket().close(ignored_);
    }

    bool peer_gone() override {
        if (!socket().is_open()) return true;
        pollfd seen{socket().native_handle(), POLLRDHUP, 0};
        return ::poll(&seen, 1, 0) > 0 && (seen.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    }

    bool peer_is_loopback() override { return loopback_; }

  private:
    tcp::socket& socket() { return lowest(*stream_).socket(); }

    std::unique_ptr<Stream> stream_;
    std::chrono::milliseconds limit_{60'000};
    direction read_, written_;
    error_code ignored_;
    bool loopback_ = false;
};

void report_exception(std::exception_ptr why) {
    if (!why) return;
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& what) {
        std::fprintf(stderr, "a connection ended by an exception: %s\n", what.what());
    }
}

class tcp_listener final : public listener {
  public:
    tcp_listener(
        any_io_executor on, tcp::acceptor acceptor, std::unique_ptr<asio::ssl::context> tls
    )
        : on_(std::move(on)), acceptor_(std::move(acceptor)), tls_(std::move(tls)) {}

    std::uint16_t port() const override {
        error_code ec;
        return acceptor_.local_endpoint(ec).port();
    }

    void start(stream_handler serve) override {
        serve_ = std::move(serve);
        asio::co_spawn(
            on_, [this] { return accept(); }, report_exception
        );
    }

  private:
    task<void> accept() {
        while (true) {
            const any_io_executor strand = asio::make_strand(on_);
            error_code ec;
            auto socket =
                co_await acceptor_.async_accept(strand, asio::redirect_error(use_awaitable, ec));
            if (ec == asio::error::operation_aborted) co_return;
            if (ec) {
                // The peer went, or no descriptor is free: then trying at once would only spin.
                co_await sleep_for(std::chrono::milliseconds(10));
                continue;
            }
            socket.set_option(tcp::no_delay(true), ec);
            auto run = run_connection(std::move(socket));
            asio::co_spawn(strand, std::move(run), report_exception);
        }
    }

    task<void> run_connection(tcp::socket socket) {
        std::unique_ptr<byte_stream> stream;
        if (tls_) {
            auto tls =
                std::make_unique<tls_stream>(boost::beast::tcp_stream(std::move(socket)), *tls_);
            tls->next_layer().expires_after(std::chrono::seconds(10));
            error_code ec;
            co_await tls->async_handshake(
                asio::ssl::stream_base::server, asio::redirect_error(use_awaitable, ec)
            );
            if (ec) co_return;
            stream = std::make_unique<socket_stream<tls_stream>>(std::move(tls));
        } else {
            auto plain = std::make_unique<boost::beast::tcp_stream>(std::move(socket));
            stream = std::make_unique<socket_stream<boost::beast::tcp_stream>>(std::move(plain));
        }
        co_await serve_(std::move(stream));
    }

    any_io_executor on_;
    tcp::acceptor acceptor_;
    std::unique_ptr<asio::ssl::context> tls_;
    stream_handler serve_;
};

failure unusable(error_code code, std::string where) {
    return {code, std::move(where), {}, {}};
}

result<tcp::endpoint> parse_address(const std::string& text) {
    const auto wrong = "--listen " + text + ": give ADDRESS:PORT, such as 127.0.0.1:9000";
    const auto colon = text.rfind(':');
    if (colon == text.npos) return unusable(errc::invalid_argument, wrong);
    auto host = text.substr(0, colon);
    if (host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    const auto digits = text.substr(colon + 1);
    const bool number = !digits.empty() && digits.size() <= 5 &&
                        digits.find_first_not_of("0123456789") == digits.npos;
    if (ec || !number || std::stoul(digits) > 65'535)
        return unusable(errc::invalid_argument, wrong);
    return tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(digits)));
}

result<std::unique_ptr<asio::ssl::context>> make_tls(const listen_options& options) {
    auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code ec;
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1_1, ec);
    tls->use_certificate_chain_file(options.tls_certificate, ec);
    if (ec) return unusable(ec, "--tls-cert " + options.tls_certificate);
    tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, ec);
    if (ec) return unusable(ec, "--tls-key " + options.tls_key);
    return tls;
}

} // namespace tcp_detail

result<std::unique_ptr<listener>> make_listener(any_io_executor on, const listen_options& options) {
    using namespace tcp_detail;
    const auto where = parse_address(options.address);
    if (!where) return where.error();
    std::unique_ptr<asio::ssl::context> tls;
    if (!options.tls_certificate.empty()) {
        auto made = make_tls(options);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    tcp::acceptor acceptor(on);
    error_code ec;
    acceptor.open(where->protocol(), ec);
    if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor.bind(*where, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return unusable(ec, "--listen " + options.address);
    return std::unique_ptr<listener>(
        std::make_unique<tcp_listener>(std::move(on), std::move(acceptor), std::move(tls))
    );
}

} // namespace sluice::sim
