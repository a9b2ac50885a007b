// s3client: endpoints from URLs.
#include <sluice/base/error.hpp>
#include <sluice/s3/endpoint.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::s3 {

namespace {

failure bad_endpoint(std::string_view url, const std::string& what) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "endpoint \"" + std::string(url) + "\": " + what +
                "; an example: https://s3.example.com or http://127.0.0.1:9000";
    return why;
}

bool is_host_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

bool is_address_byte(char c) {
    return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
           c == '.';
}

/// Takes the host off the front of `rest`; false when there is none that could be one.
bool take_host(std::string_view& rest, std::string& host) {
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == std::string_view::npos) return false;
        host = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        return host.find(':') != std::string::npos &&
               std::all_of(host.begin(), host.end(), is_address_byte);
    }
    const auto end = std::min(rest.find(':'), rest.size());
    host = rest.substr(0, end);
    rest.remove_prefix(end);
    return !host.empty() && std::all_of(host.begin(), host.end(), is_host_byte);
}

bool read_port(std::string_view text, std::uint16_t& port) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
    if (value == 0 || value > 65535) return false;
    port = static_cast<std::uint16_t>(value);
    return true;
}

/// "s3.eu-west-1.amazonaws.com" says its region.
std::string region_of_host(const std::string& host) {
    const std::string_view name = host;
    constexpr std::string_view start = "s3.", end = ".amazonaws.com";
    if (!name.starts_with(start)) return {};
    const auto at = name.find(end);
    if (at == std::string_view::npos || at <= start.size()) return {};
    const std::string_view region = name.substr(start.size(), at - start.size());
    return region.find('.') == std::string_view::npos ? std::string(region) : std::string();
}

} // namespace

result<endpoint> parse_endpoint(std::string_view url) {
    endpoint where;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
        where.tls = false;
        where.port = 80;
    } else {
        return bad_endpoint(url, "it must begin with http:// or https://");
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find('@') != std::string_view::npos)
        return bad_endpoint("...", "a user name or password does not belong into it");
    if (rest.find_first_of("/?#") != std::string_view::npos)
        return bad_endpoint(url, "it must have no path and no query");
    if (!take_host(rest, where.host)) return bad_endpoint(url, "the host name is not one");
    if (!rest.empty() && (rest[0] != ':' || !read_port(rest.substr(1), where.port)))
        return bad_endpoint(url, "the port must be a number from 1 to 65535");
    const std::string region = region_of_host(where.host);
    if (!region.empty()) where.region = region;
    return where;
}

endpoint aws_endpoint(std::string_view region) {
    endpoint where;
    where.region = region;
    where.host = "s3." + where.region + ".amazonaws.com";
    if (region.starts_with("cn-")) where.host += ".cn";
    return where;
}

} // namespace sluice::s3
