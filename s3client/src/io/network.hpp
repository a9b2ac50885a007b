// s3client: from a server's name to a stream that can be spoken over.
#pragma once

#include "../core/addressing.hpp"
#include "byte_stream.hpp"
#include "resolver.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/endpoint.hpp>
#include <sluice/s3/proxy.hpp>

#include <chrono>
#include <memory>
#include <optional>

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

/// `limit` is for connecting to one address and shaking hands with it. Through `proxy`, if there is
/// one: it then resolves the server's name. `look_up` asks for addresses; empty: the system.
/// Errors: errc::not_found, errc::invalid_argument for the CA bundle.
result<std::unique_ptr<network>> create_network(
    any_io_executor on,
    const endpoint& where,
    const std::optional<proxy_address>& proxy,
    std::chrono::milliseconds limit,
    reach whom = reach::stores,
    name_look_up look_up = {}
);

} // namespace sluice::s3
