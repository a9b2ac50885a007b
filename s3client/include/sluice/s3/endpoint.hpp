// s3client: which server, which region, how buckets are addressed.
#pragma once

#include <sluice/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::s3 {

enum class path_style { automatic = 0, always, never };

struct endpoint {
    bool tls = true;
    std::string host; ///< name or address; IPv6 without brackets
    std::uint16_t port = 443;
    std::string region = "us-east-1";
    path_style style =
        path_style::automatic; ///< automatic: virtual host on *.amazonaws.com, path elsewhere
    std::string ca_bundle;     ///< file of PEM certificates; empty: the system's
    bool verify_certificate = true;
};

/// From `http[s]://host[:port]`; no path, no user. Errors: errc::invalid_argument with an example.
result<endpoint> parse_endpoint(std::string_view url);
/// The service's own endpoint of a region.
endpoint aws_endpoint(std::string_view region);

} // namespace sluice::s3
