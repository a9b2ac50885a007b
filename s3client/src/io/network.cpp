// s3client: resolve, connect, shake hands.
#include "network.hpp"

#include "../core/address_choice.hpp"
#include "../core/forbidden_address.hpp"
#include "proxy_tunnel.hpp"
#include "resolver.hpp"
#include "tcp_stream.hpp"
#include "tls_stream.hpp"

#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>

#include <utility>
#include <vector>

namespace sluice::s3 {

namespace {

/// `for_store`: the one behind it that asks for TLS or not, when `to` is a proxy.
failure no_connection(const server_address& to, error_code code, const server_address* for_store) {
    failure why;
    const bool late = code == boost::asio::error::timed_out;
    why.code = late ? s3_errc::timed_out : s3_errc::connect_failed;
    why.where = std::string("no connection to ") + (for_store == nullptr ? "" : "the proxy ") +
                to_string(to) + " (" + code.message() + "); ";
    if (for_store != nullptr) {
        why.where += for_store->tls ? "is HTTPS_PROXY right?" : "is HTTP_PROXY right?";
        return why;
    }
    why.where += code == boost::asio::error::host_not_found ||
                         code == boost::asio::error::host_not_found_try_again
                     ? "is the host name right?"
                     : "does the server run, and is the endpoint right?";
    return why;
}

failure forbidden(const server_address& to, const std::string& address) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = "no connection to " + to_string(to) + ": " + address +
                " is an address of the link, of a whole network or of many, and never a store's; "
                "give another endpoint";
    return why;
}

/// Whether somebody was there and said no: another address would say the same.
bool is_answer(const failure& why) {
    return why.code == s3_errc::tls_failed || why.code == s3_errc::malformed_answer ||
           !why.peer_text.empty();
}

tcp_dial dial_with_sockets(const any_io_executor& on, const any_io_executor& beside) {
    return [streams = std::make_shared<const stream_service>(on, beside)](
               const std::string& address, std::uint16_t port, deadline by
           ) { return connect_tcp(streams, address, port, by); };
}

class real_network final : public network {
  public:
    real_network(
        any_io_executor on,
        std::unique_ptr<tls_context> tls,
        std::optional<proxy_address> proxy,
        std::chrono::milliseconds limit,
        reach whom,
        network_ground ground
    )
        : resolver_(on, std::move(ground.look_up)),
          dial_(ground.dial ? std::move(ground.dial) : dial_with_sockets(on, ground.beside)),
          tls_(std::move(tls)),
          proxy_(std::move(proxy)),
          limit_(limit),
          whom_(whom) {}

    task<result<std::unique_ptr<byte_stream>>>
    connect(const server_address& to, deadline by) override {
        const server_address first = first_hop(to);
        auto addresses = co_await resolver_.resolve(first.host, by.earliest(limit_));
        if (!addresses) co_return no_connection(first, addresses.error(), proxy_ ? &to : nullptr);
        if (whom_ == reach::stores) {
            const std::string one = addresses->front();
            std::erase_if(*addresses, is_forbidden_address);
            if (addresses->empty()) co_return forbidden(first, one);
        }
        const auto in_order = choice_.order(std::move(*addresses), deadline::clock::now());
        failure last;
        for (const std::string& each : in_order) {
            auto made = co_await connect_one(each, first, to, by.earliest(limit_));
            if (made) {
                choice_.worked(each);
                co_return made;
            }
            last = made.error();
            if (is_answer(last)) co_return last;
            choice_.failed(each, deadline::clock::now());
            resolver_.forget(first.host);
            if (by.passed()) break;
        }
        co_return last;
    }

  private:
    /// TCP, the tunnel if there is a proxy, TLS if the server has it.
    task<result<std::unique_ptr<byte_stream>>> connect_one(
        const std::string& address,
        const server_address& first,
        const server_address& to,
        deadline by
    ) {
        auto plain = co_await dial_(address, first.port, by);
        if (!plain) co_return no_connection(first, plain.error(), proxy_ ? &to : nullptr);
        if (proxy_) {
            const auto open = co_await open_tunnel(**plain, to, *proxy_, by);
            if (!open) co_return open.error();
        }
        if (!to.tls) co_return std::move(*plain);
        auto secure = co_await tls_->start(std::move(*plain), to.host, by);
        if (secure) co_return secure;
        failure why = secure.error();
        why.where = "TLS with " + to_string(to) + ": " + why.where;
        co_return why;
    }

    server_address first_hop(const server_address& to) const {
        if (!proxy_) return to;
        server_address hop;
        hop.host = proxy_->host;
        hop.port = proxy_->port;
        hop.tls = false;
        return hop;
    }

    resolver resolver_;
    tcp_dial dial_;
    address_choice choice_;
    std::unique_ptr<tls_context> tls_;
    std::optional<proxy_address> proxy_;
    std::chrono::milliseconds limit_;
    reach whom_;
};

} // namespace

result<std::unique_ptr<network>> create_network(
    any_io_executor on,
    const endpoint& where,
    const std::optional<proxy_address>& proxy,
    std::chrono::milliseconds limit,
    reach whom,
    network_ground ground
) {
    std::unique_ptr<tls_context> tls;
    if (where.tls) {
        auto made = create_tls_context(where.ca_bundle, where.verify_certificate);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    std::unique_ptr<network> made = std::make_unique<real_network>(
        std::move(on), std::move(tls), proxy, limit, whom, std::move(ground)
    );
    return made;
}

} // namespace sluice::s3
