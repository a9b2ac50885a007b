// engine: destinations of a transfer, as people name them and as wishes change them.
#include <sluice/base/error.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/destinations.hpp>
#include <sluice/s3/endpoint.hpp>

#include <optional>

namespace sluice {

namespace {

failure no_such(const std::vector<destination_row>& rows, const std::string& asked) {
    failure why;
    why.code = errc::not_found;
    why.where = asked + ": no destination of this transfer; there are";
    std::string all;
    for (const destination_row& each : rows)
        if (each.desired != "removed") all += (all.empty() ? " " : ", ") + each.target;
    why.where += all.empty() ? " none: its command must have run once" : all;
    return why;
}

failure several(const std::string& asked, const destination_row& one, const destination_row& two) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = asked + ": there are two of them, at " + one.endpoint + " and at " + two.endpoint +
                "; name one as " + asked + "?endpoint=URL";
    return why;
}

/// host:port of the endpoint that an address names; empty: it names none.
result<std::string> endpoint_of(const bucket_address& address) {
    const auto own = address.options.find("endpoint");
    if (own == address.options.end()) return std::string();
    auto parsed = s3::parse_endpoint(own->second);
    if (!parsed) return parsed.error();
    return parsed->host + ":" + std::to_string(parsed->port);
}

/// Of a row that nobody has opened yet its own address tells, where it does.
std::string endpoint_of(const destination_row& row) {
    if (!row.endpoint.empty()) return row.endpoint;
    const auto address = parse_bucket_address(row.address);
    if (!address) return "";
    const auto named = endpoint_of(*address);
    return named ? *named : std::string();
}

} // namespace

result<std::size_t>
find_destination(const std::vector<destination_row>& rows, std::string_view text) {
    auto address = parse_bucket_address(text);
    if (!address) return address.error();
    const std::string target = to_string(*address);
    auto endpoint = endpoint_of(*address);
    if (!endpoint) return endpoint.error();
    std::optional<std::size_t> found;
    for (const bool removed : {false, true}) {
        for (std::size_t n = 0; n < rows.size(); ++n) {
            if (rows[n].target != target || (rows[n].desired == "removed") != removed) continue;
            if (!endpoint->empty() && endpoint_of(rows[n]) != *endpoint) continue;
            if (found && !removed) return several(target, rows[*found], rows[n]);
            found = n;
        }
        if (found) return *found;
    }
    return no_such(rows, target);
}

std::optional<std::size_t>
same_words(const std::vector<destination_row>& rows, const std::string& text) {
    const auto address = parse_bucket_address(text);
    if (!address) return std::nullopt;
    const auto endpoint = endpoint_of(*address);
    std::optional<std::size_t> found;
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const auto known = parse_bucket_address(rows[n].address);
        if (!known || rows[n].target != to_string(*address)) continue;
        const auto own = endpoint_of(*known);
        const bool same =
            own && endpoint ? *own == *endpoint : own.has_value() == endpoint.has_value();
        if (same && (!found || rows[n].desired != "removed")) found = n;
    }
    return found;
}

bool is_at_rest(const std::string& observed) {
    return observed == "paused" || observed == "completed" || observed == "failed" ||
           observed == "stopped" || observed == "cancelled" || observed == "removed";
}

} // namespace sluice
