// s3client: TLS over any byte stream, the only unit that knows OpenSSL's connections.
#pragma once

#include "byte_stream.hpp"

#include <sluice/base/result.hpp>

#include <memory>
#include <string>

namespace sluice::s3 {

/// Which certificates are trusted. TLS 1.2 at least, the peer and its name are verified.
class tls_context {
  public:
    virtual ~tls_context() = default;
    /// Shakes hands over `below`, resuming the host's last session where that is possible. `host`
    /// is verified against the certificate, and sent as SNI unless it is an address. A session that
    /// may be why a handshake failed is forgotten: the next one does without (connection_lost).
    /// Errors: tls_failed with the reason, connection_lost, timed_out.
    virtual task<result<std::unique_ptr<byte_stream>>>
    start(std::unique_ptr<byte_stream> below, const std::string& host, deadline by) = 0;
};

/// `ca_bundle` empty: the system's certificates. Where the bundle holds revocation lists, a
/// certificate must not be on the one of its issuer. Errors: errc::not_found,
/// errc::invalid_argument naming the file.
result<std::unique_ptr<tls_context>>
create_tls_context(const std::string& ca_bundle, bool verify_certificate);

} // namespace sluice::s3
