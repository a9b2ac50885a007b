// s3client: URLs of the services that hand out credentials.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/endpoint.hpp>

#include <string>
#include <string_view>

namespace sluice::s3 {

struct http_url {
    endpoint where;
    std::string target = "/"; ///< path and query, as they go over the wire
};

/// From `http[s]://host[:port][/path][?query]`. Errors: errc::invalid_argument, without the text
/// itself: its query may hold a secret.
result<http_url> parse_http_url(std::string_view url);

/// Whether a container may be asked for credentials there without TLS: this machine, and the
/// addresses of ECS and EKS. Names are not resolved: only "localhost" is one of this machine.
bool is_credential_host(const std::string& host);

} // namespace sluice::s3
