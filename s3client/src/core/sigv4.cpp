// s3client: canonical request, string to sign, signature.
#include "sigv4.hpp"

#include "utc_text.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::s3 {

namespace {

/// Without white space at the ends, inner runs of spaces as one: so AWS compares values.
std::string trimmed_value(std::string_view raw) {
    std::string value;
    bool space = false;
    for (const char c : raw) {
        if (c == ' ' || c == '\t') {
            space = !value.empty();
            continue;
        }
        if (std::exchange(space, false)) value += ' ';
        value += c;
    }
    return value;
}

/// The signed headers, sorted by name; values of one name joined by commas.
header_list signed_headers(const header_list& headers) {
    header_list chosen;
    for (const header& each : headers)
        if (is_signed_header(each.name)) chosen.push_back({each.name, trimmed_value(each.value)});
    std::stable_sort(chosen.begin(), chosen.end(), [](const header& a, const header& b) {
        return a.name < b.name;
    });
    header_list joined;
    for (header& each : chosen) {
        if (!joined.empty() && joined.back().name == each.name)
            joined.back().value.append(",").append(each.value);
        else
            joined.push_back(std::move(each));
    }
    return joined;
}

std::string names_of(const header_list& sorted) {
    std::string names;
    for (const header& each : sorted)
        names.append(names.empty() ? "" : ";").append(each.name);
    return names;
}

std::string hex_of_text(std::string_view text) {
    const sha256_digest digest = sha256(as_bytes(text));
    return hex(digest);
}

} // namespace

bool is_signed_header(std::string_view name) {
    constexpr std::array<std::string_view, 5> exact = {
        "host", "content-md5", "content-type", "date", "range"};
    return std::find(exact.begin(), exact.end(), name) != exact.end() ||
           name.starts_with("x-amz-") || name.starts_with("if-");
}

std::string canonical_request(
    std::string_view method,
    const written_target& target,
    const header_list& headers,
    std::string_view payload_hash
) {
    const header_list chosen = signed_headers(headers);
    std::string text;
    text.reserve(512);
    text.append(method).append("\n");
    text.append(target.path).append("\n").append(target.query).append("\n");
    for (const header& each : chosen)
        text.append(each.name).append(":").append(each.value).append("\n");
    text.append("\n").append(names_of(chosen)).append("\n").append(payload_hash);
    return text;
}

signer::signer(credentials who, std::string service)
    : who_(std::move(who)), service_(std::move(service)) {}

const sha256_digest&
signer::key_for(const std::string& scope, std::string_view day, const std::string& region) {
    if (scope == key_scope_) return key_;
    const std::string seed = "AWS4" + who_.secret_key;
    sha256_digest key = hmac_sha256(as_bytes(seed), as_bytes(day));
    for (const std::string_view step :
         {std::string_view(region), std::string_view(service_), std::string_view("aws4_request")})
        key = hmac_sha256(key, as_bytes(step));
    key_ = key;
    key_scope_ = scope;
    return key_;
}

void signer::sign(
    std::string_view method,
    const written_target& target,
    header_list& headers,
    std::string_view payload_hash,
    const std::string& region,
    std::chrono::sys_seconds when
) {
    if (who_.anonymous) return;
    const std::string date = format_amz_date(when);
    const std::string_view day = std::string_view(date).substr(0, 8);
    headers.push_back({"x-amz-date", date});
    headers.push_back({"x-amz-content-sha256", std::string(payload_hash)});
    if (!who_.session_token.empty())
        headers.push_back({"x-amz-security-token", who_.session_token});
    const std::string scope = std::string(day) + "/" + region + "/" + service_ + "/aws4_request";
    const std::string to_sign =
        "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" +
        hex_of_text(canonical_request(method, target, headers, payload_hash));
    const sha256_digest signature = hmac_sha256(key_for(scope, day, region), as_bytes(to_sign));
    headers.push_back(
        {"authorization",
         "AWS4-HMAC-SHA256 Credential=" + who_.access_key + "/" + scope +
             ",SignedHeaders=" + names_of(signed_headers(headers)) + ",Signature=" + hex(signature)}
    );
}

} // namespace sluice::s3
