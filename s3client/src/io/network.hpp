// s3client: from a server's name to a stream that can be spoken over.
#pragma once

#include "../core/addressing.hpp"
#include "byte_stream.hpp"
#include "resolver.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/endpoint.hpp>
#include <sluice/s3/proxy.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::s3 {

class network {
  public:
    virtual ~network() = default;
    /// Tries each address of the server in turn, with TLS where the address says so; those that
    /// failed lately come last.
    /// Errors: connect_failed, tls_failed, timed_out, unsafe_input (every address is one that no
    /// store has); `where` names host, port and the way out.
    virtual task<result<std::unique_ptr<byte_stream>>>
    connect(const server_address& to, deadline by) = 0;
};

/// Whom connections are for. Stores are never at the addresses of forbidden_address.hpp, which is
/// seen to at each connect: a name may resolve to anything. Agents that hand out credentials are.
enum class reach { stores = 1, agents };

/// Connects to a numeric address, as connect_tcp does.
using tcp_dial = std::function<task<boost::system::result<std::unique_ptr<byte_stream>>>(
    const std::string& address, std::uint16_t port, deadline by
)>;

/// What a network stands on. An empty member: the system's.
struct network_ground {
    name_look_up look_up;
    tcp_dial dial;
    any_io_executor beside{}; ///< see client_options; empty: there is none
};

/// `limit` is for connecting to one address and shaking hands with it. Through `proxy`, if there is
/// one: it then resolves the server's name.
/// Errors: errc::not_found, errc::invalid_argument for the CA bundle.
result<std::unique_ptr<network>> create_network(
    any_io_executor on,
    const endpoint& where,
    const std::optional<proxy_address>& proxy,
    std::chrono::milliseconds limit,
    reach whom = reach::stores,
    network_ground ground = {}
);

} // namespace sluice::s3
