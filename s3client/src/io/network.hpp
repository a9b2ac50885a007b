// s3client: from a server's name to a stream that can be spoken over.
#pragma once

#include "../core/addressing.hpp"
#include "byte_stream.hpp"

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
    /// Errors: connect_failed, tls_failed, timed_out; `where` names host, port and the way out.
    virtual task<result<std::unique_ptr<byte_stream>>>
    connect(const server_address& to, deadline by) = 0;
};

/// `limit` is for connecting to one address and shaking hands with it. Through `proxy`, if there is
/// one: it then resolves the server's name.
/// Errors: errc::not_found, errc::invalid_argument for the CA bundle.
result<std::unique_ptr<network>> create_network(
    any_io_executor on,
    const endpoint& where,
    const std::optional<proxy_address>& proxy,
    std::chrono::milliseconds limit
);

} // namespace sluice::s3
