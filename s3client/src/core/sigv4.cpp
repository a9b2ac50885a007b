// s3client: canonical request, string to sign, signature.
#include "sigv4.hpp"

#include "utc_text.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

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
header_list signed_headers(const header_list& headers, header_choice is_signed) {
    header_list chosen;
    for (const header& each : headers)
        if (is_signed(each.name)) chosen.push_back({each.name, trimmed_value(each.value)});
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

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

failure bad_validity() {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = "a presigned request is valid for 1 second to 7 days";
    return why;
}

} // namespace

bool is_signed_header(std::string_view name) {
    constexpr std::array<std::string_view, 3> exact = {"host", "date", "range"};
    return std::find(exact.begin(), exact.end(), name) != exact.end() ||
           name.starts_with("x-amz-") || name.starts_with("if-") ||
           (name.starts_with("content-") && name != "content-length");
}

std::string canonical_request(
    std::string_view method,
    const written_target& target,
    const header_list& headers,
    std::string_view payload_hash,
    header_choice is_signed
) {
    const header_list chosen = signed_headers(headers, is_signed);
    std::string text;
    text.reserve(512);
    text.append(method).append("\n");
    text.append(target.path).append("\n").append(target.query).append("\n");
    for (const header& each : chosen)
        text.append(each.name).append(":").append(each.value).append("\n");
    text.append("\n").append(names_of(chosen)).append("\n").append(payload_hash);
    return text;
}

signer::signer(credentials who, std::string service, header_choice is_signed)
    : who_(std::move(who)), service_(std::move(service)), is_signed_(is_signed) {}

signer::stamp signer::stamp_of(const signing_place& place) const {
    stamp at;
    at.date = format_amz_date(place.when);
    at.scope = at.date.substr(0, 8) + "/" + place.region + "/" + service_ + "/aws4_request";
    return at;
}

const sha256_digest& signer::key_for(const stamp& at, const std::string& region) {
    if (at.scope == key_scope_) return key_;
    const std::string seed = "AWS4" + who_.secret_key;
    const std::string_view day = std::string_view(at.date).substr(0, 8);
    sha256_digest key = hmac_sha256(as_bytes(seed), as_bytes(day));
    for (const std::string_view step :
         {std::string_view(region), std::string_view(service_), std::string_view("aws4_request")})
        key = hmac_sha256(key, as_bytes(step));
    key_ = key;
    key_scope_ = at.scope;
    return key_;
}

std::string
signer::signature_of(const std::string& canonical, const stamp& at, const signing_place& place) {
    std::string to_sign(algorithm);
    to_sign += "\n" + at.date + "\n" + at.scope + "\n" + hex_of_text(canonical);
    const sha256_digest signature = hmac_sha256(key_for(at, place.region), as_bytes(to_sign));
    return hex(signature);
}

chunk_signer signer::sign(
    std::string_view method,
    const written_target& target,
    header_list& headers,
    std::string_view payload_hash,
    const signing_place& place
) {
    if (who_.anonymous) {
        // The one thing about a body that a server must know to read it.
        if (payload_hash == unsigned_chunks_and_trailer)
            headers.push_back({"x-amz-content-sha256", std::string(payload_hash)});
        return chunk_signer();
    }
    const stamp at = stamp_of(place);
    headers.push_back({"x-amz-date", at.date});
    headers.push_back({"x-amz-content-sha256", std::string(payload_hash)});
    if (!who_.session_token.empty())
        headers.push_back({"x-amz-security-token", who_.session_token});
    const std::string canonical =
        canonical_request(method, target, headers, payload_hash, is_signed_);
    std::string signature = signature_of(canonical, at, place);
    headers.push_back(
        {"authorization",
         std::string(algorithm) + " Credential=" + who_.access_key + "/" + at.scope +
             ",SignedHeaders=" + names_of(signed_headers(headers, is_signed_)) +
             ",Signature=" + signature}
    );
    return chunk_signer(key_for(at, place.region), at.date, at.scope, std::move(signature));
}

result<std::string> signer::presign(
    std::string_view method,
    const std::string& raw_path,
    query_list query,
    const header_list& headers,
    const signing_place& place,
    std::chrono::seconds valid
) {
    constexpr std::chrono::hours most{7 * 24};
    if (valid < std::chrono::seconds(1) || valid > most) return bad_validity();
    if (who_.anonymous) return write_target(raw_path, query).wire();
    const stamp at = stamp_of(place);
    query.push_back({"X-Amz-Algorithm", std::string(algorithm)});
    query.push_back({"X-Amz-Credential", who_.access_key + "/" + at.scope});
    query.push_back({"X-Amz-Date", at.date});
    query.push_back({"X-Amz-Expires", std::to_string(valid.count())});
    query.push_back({"X-Amz-SignedHeaders", names_of(signed_headers(headers, is_signed_))});
    if (!who_.session_token.empty()) query.push_back({"X-Amz-Security-Token", who_.session_token});
    const written_target target = write_target(raw_path, query);
    const std::string canonical =
        canonical_request(method, target, headers, unsigned_payload, is_signed_);
    return target.wire() + "&X-Amz-Signature=" + signature_of(canonical, at, place);
}

} // namespace sluice::s3
