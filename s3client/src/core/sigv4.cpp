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

/// Appends a value without white space at its ends, inner runs of spaces as one: so AWS compares
/// values.
void append_trimmed(std::string& value, std::string_view raw) {
    if (raw.find(' ') == raw.npos && raw.find('\t') == raw.npos) {
        value.append(raw);
        return;
    }
    const std::size_t start = value.size();
    bool space = false;
    for (const char c : raw) {
        if (c == ' ' || c == '\t') {
            space = value.size() > start;
            continue;
        }
        if (std::exchange(space, false)) value += ' ';
        value += c;
    }
}

/// The signed ones of a list of headers, which must outlive it, sorted by name.
using sorted_headers = std::vector<header>;

void sort_signed(const header_list& headers, header_choice is_signed, sorted_headers& sorted) {
    sorted.clear();
    for (const header each : headers)
        if (is_signed(each.name)) sorted.push_back(each);
    std::sort(sorted.begin(), sorted.end(), [](const header& a, const header& b) {
        const int order = a.name.compare(b.name);
        // Values of one name stay in their order.
        return order != 0 ? order < 0 : a.name.data() < b.name.data();
    });
}

void append_names(std::string& text, const sorted_headers& sorted) {
    std::string_view before;
    for (const header& each : sorted) {
        if (before == each.name) continue;
        if (!before.empty()) text += ';';
        text += each.name;
        before = each.name;
    }
}

/// A line for each name; several values of one are joined by commas.
void append_lines(std::string& text, const sorted_headers& sorted) {
    std::string_view before;
    for (const header& each : sorted) {
        if (before == each.name) {
            text.back() = ',';
        } else {
            text.append(each.name).append(":");
        }
        append_trimmed(text, each.value);
        text += '\n';
        before = each.name;
    }
}

void write_canonical(
    std::string& text,
    std::string_view method,
    const written_target& target,
    const sorted_headers& headers,
    std::string_view payload_hash
) {
    text.clear();
    text.append(method).append("\n");
    text.append(target.path).append("\n").append(target.query).append("\n");
    append_lines(text, headers);
    text += '\n';
    append_names(text, headers);
    text.append("\n").append(payload_hash);
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
    sorted_headers sorted;
    sort_signed(headers, is_signed, sorted);
    std::string text;
    write_canonical(text, method, target, sorted, payload_hash);
    return text;
}

signer::signer(credentials who, std::string service, header_choice is_signed)
    : who_(std::move(who)), service_(std::move(service)), is_signed_(is_signed) {}

/// Requests of one second share theirs.
const signer::stamp& signer::stamp_of(const signing_place& place) {
    if (place.when == stamp_when_ && place.region == stamp_region_) return stamp_;
    stamp_.date.clear();
    append_amz_date(stamp_.date, place.when);
    stamp_.scope.assign(stamp_.date, 0, 8).append("/").append(place.region).append("/");
    stamp_.scope.append(service_).append("/aws4_request");
    stamp_when_ = place.when;
    stamp_region_ = place.region;
    return stamp_;
}

const sha256_digest& signer::key_for(const stamp& at, std::string_view region) {
    if (at.scope == key_scope_) return key_;
    const std::string seed = "AWS4" + who_.secret_key;
    const std::string_view day = std::string_view(at.date).substr(0, 8);
    sha256_digest key = hmac_sha256(as_bytes(seed), as_bytes(day));
    for (const std::string_view step :
         {region, std::string_view(service_), std::string_view("aws4_request")})
        key = hmac_sha256(key, as_bytes(step));
    key_ = key;
    key_scope_ = at.scope;
    return key_;
}

const std::string& signer::signature(const stamp& at, const signing_place& place) {
    const sha256_digest digest = sha256(as_bytes(canonical_));
    to_sign_.clear();
    to_sign_.append(algorithm).append("\n").append(at.date).append("\n").append(at.scope);
    to_sign_.append("\n");
    append_hex(to_sign_, digest);
    const sha256_digest made = hmac_sha256(key_for(at, place.region), as_bytes(to_sign_));
    signature_.clear();
    append_hex(signature_, made);
    return signature_;
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
            headers.push_back({"x-amz-content-sha256", payload_hash});
        return chunk_signer();
    }
    const stamp& at = stamp_of(place);
    headers.push_back({"x-amz-date", at.date});
    headers.push_back({"x-amz-content-sha256", payload_hash});
    if (!who_.session_token.empty())
        headers.push_back({"x-amz-security-token", who_.session_token});
    sort_signed(headers, is_signed_, signed_);
    write_canonical(canonical_, method, target, signed_, payload_hash);
    const std::string& hex_digits = signature(at, place);
    std::string& value = authorization_;
    value.clear();
    value.append(algorithm).append(" Credential=").append(who_.access_key).append("/");
    value.append(at.scope).append(",SignedHeaders=");
    append_names(value, signed_);
    value.append(",Signature=").append(hex_digits);
    headers.push_back({"authorization", value});
    if (!payload_hash.starts_with(signed_chunks)) return chunk_signer();
    return chunk_signer(key_for(at, place.region), at.date, at.scope, hex_digits);
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
    std::string names;
    sort_signed(headers, is_signed_, signed_);
    append_names(names, signed_);
    query.push_back({"X-Amz-Algorithm", algorithm});
    query.push_back({"X-Amz-Credential", who_.access_key + "/" + at.scope});
    query.push_back({"X-Amz-Date", at.date});
    query.push_back({"X-Amz-Expires", std::to_string(valid.count())});
    query.push_back({"X-Amz-SignedHeaders", names});
    if (!who_.session_token.empty()) query.push_back({"X-Amz-Security-Token", who_.session_token});
    const written_target target = write_target(raw_path, query);
    write_canonical(canonical_, method, target, signed_, unsigned_payload);
    return target.wire() + "&X-Amz-Signature=" + signature(at, place);
}

} // namespace sluice::s3
