// s3client: a proxy between us and the store.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/credentials.hpp>
#include <sluice/s3/endpoint.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// Connections to the store are asked for with CONNECT: the proxy sees host and port, and nothing
/// that TLS protects.
struct proxy_address {
    std::string host; ///< name or address; IPv6 without brackets
    std::uint16_t port = 80;
    std::string user, password; ///< Basic; a secret: in no failure and no log
};

/// From `[http://][user:password@]host[:port][/]`, user and password percent-encoded.
/// Errors: errc::invalid_argument, never with the text itself: it may hold a password.
result<proxy_address> parse_proxy(std::string_view url);

/// What the environment says: `https_proxy`, HTTPS_PROXY for TLS, `http_proxy`, HTTP_PROXY without;
/// NO_PROXY (names with all below them, addresses, IPv4 networks `10.0.0.0/8`, each also with
/// `:port`, or `*`) leaves hosts out, and the own machine is never asked for at a proxy.
/// nullopt: none. Errors: those of parse_proxy, naming the variable.
result<std::optional<proxy_address>> find_proxy(const environment& env, const endpoint& where);

} // namespace sluice::s3
