// engine: where things are, as people write it.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/stream/stream_name.hpp>

#include <vector>

namespace sluice {

namespace {

failure bad_address(std::string_view text, const std::string& how) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "\"" + std::string(text) + "\": " + how;
    return why;
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// The names that a query may hold; what each value may be, its user checks.
const std::vector<std::string>& known_options() {
    static const std::vector<std::string> known{
        "endpoint",
        "region",
        "profile",
        "path-style",
        "format",
        "codec",
        "object-bytes",
        "part-size",
        "start",
        "object-events",
        "object-age",
        "bwlimit",
        "max-requests",
        "concurrency",
        "weight",
        "read-timeout",
        "stray-check",
    };
    return known;
}

/// Documented, and not to be had yet: refused, never ignored.
bool is_future_option(std::string_view name) {
    return name == "provider";
}

result<void> check_option_name(std::string_view text, const std::string& name) {
    std::string listed;
    for (const std::string& known : known_options()) {
        if (name == known) return result<void>();
        listed += (listed.empty() ? "" : ", ") + known;
    }
    if (is_future_option(name))
        return bad_address(text, "option \"" + name + "\" is not available in this version");
    const auto near = nearest(name, known_options());
    const std::string hint = near ? ", did you mean \"" + *near + "\"?" : "; known are " + listed;
    return bad_address(text, "unknown option \"" + name + "\"" + hint);
}

result<void> add_option(bucket_address& to, std::string_view text, std::string_view pair) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos)
        return bad_address(text, "write options as name=value, joined by &");
    const std::string name(pair.substr(0, equals));
    auto known = check_option_name(text, name);
    if (!known) return known;
    const auto value = percent_decode(pair.substr(equals + 1));
    if (!value)
        return bad_address(
            text, "the value of " + name + " has a % that is not followed by two hex digits"
        );
    if (!to.options.emplace(name, *value).second)
        return bad_address(text, "option " + name + " is given twice");
    return result<void>();
}

result<void> add_options(bucket_address& to, std::string_view text, std::string_view query) {
    while (!query.empty()) {
        const auto end = query.find('&');
        auto added = add_option(to, text, query.substr(0, end));
        if (!added) return added;
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    }
    return result<void>();
}

bool is_bucket_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    if (name.size() < 3 || name.size() > 63) return false;
    if (name.find_first_not_of(allowed) != std::string_view::npos) return false;
    const auto is_edge = [](char c) { return c != '.' && c != '-'; };
    return is_edge(name.front()) && is_edge(name.back());
}

/// Keys of ours have no empty, "." or ".." segment, and no byte that needs care.
bool is_prefix(std::string_view prefix) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!_.*'()/=~-";
    if (prefix.find_first_not_of(allowed) != std::string_view::npos) return false;
    if (prefix.ends_with('/')) return false;
    while (!prefix.empty()) {
        const auto end = prefix.find('/');
        const std::string_view segment = prefix.substr(0, end);
        if (segment.empty() || segment == "." || segment == "..") return false;
        prefix = end == std::string_view::npos ? std::string_view() : prefix.substr(end + 1);
    }
    return true;
}

} // namespace

result<stream_address> parse_stream_address(std::string_view text) {
    for (const std::string_view other : {"kafka:", "nats:", "file:"}) {
        if (starts_with(text, other))
            return bad_address(
                text, "not available in this version, which knows log: streams, as in log:orders"
            );
    }
    if (text == "-")
        return bad_address(
            text,
            "not available in this version; append the input to a log first, with "
            "`sluice stream append`"
        );
    if (!starts_with(text, "log:") || text.size() == 4)
        return bad_address(text, "write log:NAME, as in log:orders, or log:///dir/NAME");
    std::string_view rest = text.substr(4);
    stream_address address;
    address.scheme = "log";
    if (starts_with(rest, "//")) {
        rest.remove_prefix(2);
        const auto slash = rest.rfind('/');
        if (rest.empty() || rest.front() != '/' || slash == 0)
            return bad_address(
                text, "write the folder and the name, as in log:///var/lib/streams/orders"
            );
        address.directory = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
    }
    if (rest.empty() || rest.find('/') != std::string_view::npos)
        return bad_address(text, "write log:NAME, as in log:orders, or log:///dir/NAME");
    address.name = rest;
    return address;
}

result<stream_address> parse_any_stream_address(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
    const auto colon = text.find(':');
    const std::string_view scheme = text.substr(0, colon);
    const bool plain = colon != std::string_view::npos && !scheme.empty() &&
                       letters.find(scheme.front()) != std::string_view::npos &&
                       scheme.find_first_not_of(allowed) == std::string_view::npos;
    if (!plain || scheme == "log") return parse_stream_address(text);
    stream_address address;
    address.scheme = scheme;
    address.name = text.substr(colon + 1);
    if (!is_stream_name(address.name))
        return bad_address(
            text, "a stream's name is a letter or digit, then up to 199 of these and . _ -"
        );
    return address;
}

std::string to_string(const stream_address& address) {
    if (address.directory.empty()) return address.scheme + ":" + address.name;
    return address.scheme + "://" + address.directory + "/" + address.name;
}

result<bucket_address> parse_bucket_address(std::string_view text) {
    constexpr std::string_view scheme = "s3://";
    if (!starts_with(text, scheme)) return bad_address(text, "write s3://bucket/prefix");
    std::string_view rest = text.substr(scheme.size());
    bucket_address address;
    const auto question = rest.find('?');
    if (question != std::string_view::npos) {
        auto added = add_options(address, text, rest.substr(question + 1));
        if (!added) return added.error();
        rest = rest.substr(0, question);
    }
    const auto slash = rest.find('/');
    address.bucket = rest.substr(0, slash);
    if (!is_bucket_name(address.bucket))
        return bad_address(
            text,
            "the bucket's name must be 3 to 63 of a-z, 0-9, . and -, as in s3://archive/prefix"
        );
    std::string_view prefix =
        slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
    if (!is_prefix(prefix))
        return bad_address(
            text, "the prefix may hold letters, digits and !_.*'()=~-, with single / between them"
        );
    address.prefix = prefix;
    return address;
}

std::string to_string(const bucket_address& address) {
    std::string text = "s3://" + address.bucket;
    if (!address.prefix.empty()) text += "/" + address.prefix;
    return text;
}

std::string at_endpoint(const std::string& address, const std::string& url) {
    const auto known = parse_bucket_address(address);
    if (url.empty() || !known || known->options.count("endpoint") > 0) return address;
    const char* const joint = address.find('?') == std::string::npos ? "?" : "&";
    return address + joint + "endpoint=" + percent_encode(url);
}

} // namespace sluice
