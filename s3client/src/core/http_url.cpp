// s3client: URLs of the services that hand out credentials.
#include "http_url.hpp"

#include "addressing.hpp"
#include "http_head.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <array>

namespace sluice::s3 {

namespace {

failure bad_url() {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "is no URL like http://127.0.0.1:8080/path";
    return why;
}

/// What a request line can carry.
bool is_target(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

result<http_url> parse_http_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return bad_url();
    const auto path = std::min(url.find_first_of("/?#", scheme + 3), url.size());
    http_url read;
    auto where = parse_endpoint(url.substr(0, path));
    if (!where) return bad_url();
    read.where = std::move(*where);
    std::string_view rest = url.substr(path);
    rest = rest.substr(0, rest.find('#'));
    if (!is_target(rest)) return bad_url();
    if (!rest.empty()) read.target = rest.front() == '/' ? rest : "/" + std::string(rest);
    return read;
}

bool is_credential_host(const std::string& host) {
    constexpr std::array<std::string_view, 3> agents = {
        "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    return is_loopback(host) || std::find(agents.begin(), agents.end(), host) != agents.end();
}

} // namespace sluice::s3
