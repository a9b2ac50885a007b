// s3client: which host a request goes to, and what its path is.
#pragma once

#include <sluice/s3/endpoint.hpp>

#include <cstdint>
#include <string>

namespace sluice::s3 {

/// Where a connection leads.
struct server_address {
    std::string host; ///< IPv6 without brackets
    std::uint16_t port = 0;
    bool tls = true;

    friend bool operator==(const server_address&, const server_address&) = default;
};
/// "host:port", IPv6 in brackets: for people.
std::string to_string(const server_address& where);

struct placed_request {
    server_address server;
    std::string host_header; ///< with the port unless it is the scheme's own
    std::string raw_path;    ///< begins with '/'
};

/// `bucket` and `key` may be empty (a request to the service, to a bucket). A virtual host is not
/// used for a bucket with dots under TLS, as no certificate would fit.
placed_request
place_request(const endpoint& where, const std::string& bucket, const std::string& key);

/// The same into a place whose room is used again.
void place_request(
    const endpoint& where, const std::string& bucket, const std::string& key, placed_request& placed
);

/// Whether what is sent there never leaves this machine. A name that only begins like an address is
/// a name.
bool is_loopback(const std::string& host);
/// Whether the endpoint is the service of AWS itself, where every region has a host of its own.
bool is_aws_host(const std::string& host);
/// The endpoint to use for a bucket once its region is known: another host on AWS, the same
/// elsewhere (credentials never go to a host that nobody named).
endpoint in_region(const endpoint& where, const std::string& region);

} // namespace sluice::s3
