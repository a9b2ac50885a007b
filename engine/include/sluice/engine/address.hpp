// engine: where things are, as people write it.
#pragma once

#include <sluice/base/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace sluice {

/// `log:NAME` or `log:///dir/NAME`.
struct stream_address {
    std::string scheme;    ///< "log", or that of a store of the host's own
    std::string directory; ///< empty: the default data directory
    std::string name;
};
/// Errors: errc::invalid_argument naming the address and showing a right one.
result<stream_address> parse_stream_address(std::string_view text);
/// The same, and SCHEME:NAME of any other scheme ([a-z][a-z0-9+.-]*), whose store a host brings.
/// The name is one that is_stream_name knows.
result<stream_address> parse_any_stream_address(std::string_view text);
std::string to_string(const stream_address& address);

/// `s3://bucket/prefix[?option=value&…]`; values are percent-decoded.
struct bucket_address {
    std::string bucket;
    std::string prefix; ///< without leading or trailing '/'
    std::map<std::string, std::string> options;
};
/// Errors: as above; an unknown option names the nearest known one.
result<bucket_address> parse_bucket_address(std::string_view text);
/// Without options.
std::string to_string(const bucket_address& address);
/// The address as written, at this endpoint unless it names one itself (or `url` is empty).
std::string at_endpoint(const std::string& address, const std::string& url);

} // namespace sluice
