// s3client: path style and virtual hosts.
#include "addressing.hpp"

#include <string_view>

namespace sluice::s3 {

namespace {

bool is_ipv6(std::string_view host) {
    return host.find(':') != std::string_view::npos;
}

std::string bracketed(const std::string& host) {
    return is_ipv6(host) ? "[" + host + "]" : host;
}

bool wants_virtual_host(const endpoint& where, const std::string& bucket) {
    if (bucket.empty() || where.style == path_style::always) return false;
    if (where.style == path_style::never) return true;
    return is_aws_host(where.host) && !(where.tls && bucket.find('.') != std::string::npos);
}

} // namespace

std::string to_string(const server_address& where) {
    return bracketed(where.host) + ":" + std::to_string(where.port);
}

void place_request(
    const endpoint& where, const std::string& bucket, const std::string& key, placed_request& placed
) {
    const bool in_host = wants_virtual_host(where, bucket);
    server_address& server = placed.server;
    server.host.clear();
    if (in_host) server.host.append(bucket).append(".");
    server.host.append(where.host);
    server.port = where.port;
    server.tls = where.tls;
    placed.host_header.clear();
    if (is_ipv6(server.host)) placed.host_header += '[';
    placed.host_header.append(server.host);
    if (is_ipv6(server.host)) placed.host_header += ']';
    if (where.port != (where.tls ? 443 : 80))
        placed.host_header.append(":").append(std::to_string(where.port));
    placed.raw_path = "/";
    if (!in_host && !bucket.empty()) placed.raw_path.append(bucket).append(key.empty() ? "" : "/");
    placed.raw_path.append(key);
}

placed_request
place_request(const endpoint& where, const std::string& bucket, const std::string& key) {
    placed_request placed;
    place_request(where, bucket, key, placed);
    return placed;
}

bool is_loopback(const std::string& host) {
    const bool address =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
    return address || host == "localhost" || host == "::1";
}

bool is_aws_host(const std::string& host) {
    const std::string_view name = host;
    return name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn");
}

endpoint in_region(const endpoint& where, const std::string& region) {
    endpoint there = where;
    if (region.empty()) return there;
    if (is_aws_host(where.host)) there.host = aws_endpoint(region).host;
    there.region = region;
    return there;
}

} // namespace sluice::s3
