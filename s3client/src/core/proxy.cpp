// s3client: which proxy, for which host.
#include "addressing.hpp"
#include "http_head.hpp"
#include "proxy_request.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::s3 {

namespace {

failure no_proxy_url() {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "the proxy's URL is none; an example: http://proxy.example.com:3128";
    return why;
}

/// user:password, percent-encoded; false when it is none.
bool take_user(std::string_view text, proxy_address& to) {
    const auto colon = std::min(text.find(':'), text.size());
    auto user = percent_decode(text.substr(0, colon));
    auto password = percent_decode(text.substr(std::min(colon + 1, text.size())));
    if (!user || !password || user->find(':') != std::string::npos) return false;
    to.user = std::move(*user);
    to.password = std::move(*password);
    return true;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<unsigned> read_unsigned(std::string_view text, unsigned most) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || value > most)
        return std::nullopt;
    return value;
}

std::optional<std::uint32_t> read_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const auto dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto value = read_unsigned(text.substr(0, dot), 255);
        if (!value) return std::nullopt;
        address = address << 8 | *value;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return address;
}

/// "10.0.0.0/8" and an address in it.
bool is_in_network(std::string_view network, std::string_view host) {
    const auto slash = network.find('/');
    if (slash == std::string_view::npos) return false;
    const auto from = read_ipv4(network.substr(0, slash)), address = read_ipv4(host);
    const auto bits = read_unsigned(network.substr(slash + 1), 32);
    if (!from || !address || !bits) return false;
    const std::uint32_t mask = *bits == 0 ? 0 : ~std::uint32_t{0} << (32 - *bits);
    return (*from & mask) == (*address & mask);
}

/// Whether one entry of NO_PROXY means this host.
bool is_left_out(std::string entry, const std::string& host, std::uint16_t port) {
    if (entry == "*") return true;
    const auto colon = entry.rfind(':');
    const bool with_port = colon != std::string::npos && entry.find(':') == colon;
    const bool bracketed = entry.starts_with('[');
    if (bracketed) {
        const auto end = std::min(entry.find(']'), entry.size());
        const std::string rest = entry.substr(std::min(end + 1, entry.size()));
        if (!rest.empty() && rest != ":" + std::to_string(port)) return false;
        entry = entry.substr(1, end - 1);
    } else if (with_port) {
        if (entry.substr(colon + 1) != std::to_string(port)) return false;
        entry.resize(colon);
    }
    if (entry.starts_with("*.")) entry.erase(0, 1);
    if (is_in_network(entry, host)) return true;
    const std::string name = entry.starts_with('.') ? entry.substr(1) : entry;
    return !name.empty() && (host == name || host.ends_with("." + name));
}

bool is_own_machine(const std::string& host) {
    const auto address = read_ipv4(host);
    return host == "localhost" || host == "::1" || (address && *address >> 24 == 127);
}

std::optional<std::string> said(const environment& env, const std::string& name) {
    for (const std::string& each : {lower(name), name}) {
        auto value = env(each);
        if (value && !value->empty()) return value;
    }
    return std::nullopt;
}

} // namespace

result<proxy_address> parse_proxy(std::string_view url) {
    proxy_address out;
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        if (lower(url.substr(0, scheme)) != "http") return no_proxy_url();
        url.remove_prefix(scheme + 3);
    }
    if (url.ends_with('/')) url.remove_suffix(1);
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        if (!take_user(url.substr(0, at), out)) return no_proxy_url();
        url.remove_prefix(at + 1);
    }
    // The rest is what an endpoint has behind its scheme.
    const auto where = parse_endpoint("http://" + std::string(url));
    if (!where) return no_proxy_url();
    out.host = where->host;
    out.port = where->port;
    return out;
}

result<std::optional<proxy_address>> find_proxy(const environment& env, const endpoint& where) {
    const std::string name = where.tls ? "HTTPS_PROXY" : "HTTP_PROXY";
    const auto url = said(env, name);
    const std::string host = lower(where.host);
    if (!url || is_own_machine(host)) return std::optional<proxy_address>();
    std::string_view left_out;
    const auto list = said(env, "NO_PROXY");
    if (list) left_out = *list;
    while (!left_out.empty()) {
        const auto comma = std::min(left_out.find(','), left_out.size());
        const std::string entry = lower(trimmed(left_out.substr(0, comma)));
        if (is_left_out(entry, host, where.port)) return std::optional<proxy_address>();
        left_out.remove_prefix(std::min(comma + 1, left_out.size()));
    }
    auto proxy = parse_proxy(*url);
    if (proxy) return std::optional<proxy_address>(std::move(*proxy));
    failure why = proxy.error();
    why.where = name + ": " + why.where;
    return why;
}

std::string write_connect(const server_address& to, const proxy_address& proxy) {
    header_list headers;
    const std::string target = to_string(to);
    headers.push_back({"host", target});
    if (!proxy.user.empty()) {
        const std::string pair = proxy.user + ":" + proxy.password;
        headers.push_back({"proxy-authorization", "Basic " + base64(as_bytes(pair))});
    }
    return write_request_head("CONNECT", target, headers);
}

failure refused_by_proxy(unsigned status, const server_address& to, const proxy_address& proxy) {
    failure why;
    why.code = s3_errc::connect_failed;
    server_address there;
    there.host = proxy.host;
    there.port = proxy.port;
    why.where = "the proxy " + to_string(there) + " does not connect to " + to_string(to);
    why.where += status == 407 ? ": it wants a user and a password in its URL"
                               : "; may it, and does NO_PROXY miss that host?";
    why.peer_text = "HTTP status " + std::to_string(status);
    return why;
}

} // namespace sluice::s3
