// s3sim: Signature Version 4, the verifying side.
#include "core/signature.hpp"

#include "core/signature_detail.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::sim {

namespace signature_detail {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::chrono::seconds max_skew{900};

refusal malformed(std::string message) {
    return refuse(
        400, "AuthorizationHeaderMalformed", "The authorization header is malformed; " + message
    );
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> out;
    while (true) {
        const auto end = text.find(at);
        out.emplace_back(text.substr(0, end));
        if (end == text.npos) return out;
        text.remove_prefix(end + 1);
    }
}

/// "  a   b " -> "a b", as the canonical form of a header value wants it.
std::string squeezed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : c;
    }
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

/// All values of that name, each squeezed, joined by commas.
std::string joined_values(const request_head& head, std::string_view name) {
    std::string out;
    bool first = true;
    for (const auto& one : head.headers) {
        if (one.name != name) continue;
        if (!first) out += ',';
        out += squeezed(one.value);
        first = false;
    }
    return out;
}

sha256_digest mac(bytes_view key, std::string_view text) {
    return hmac_sha256(key, as_bytes(text));
}

/// False when it is none of the three ways of sending chunks.
bool read_chunked_claim(std::string_view text, payload_claim& claim) {
    claim.in_chunks = true;
    claim.signed_chunks = text.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    claim.trailer = text.ends_with("-TRAILER");
    return text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ||
           text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ||
           text == "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
}

/// The headers that go with chunks must be there, and only with chunks.
outcome<void> check_chunked_headers(const request_head& head, const payload_claim& claim) {
    const auto coding = split(head.get("content-encoding"), ',');
    const bool coded = squeezed(coding.front()) == "aws-chunked";
    const bool sized = head.find("x-amz-decoded-content-length") != nullptr;
    const bool trailed = head.find("x-amz-trailer") != nullptr;
    if (coded == claim.in_chunks && sized == claim.in_chunks && trailed == claim.trailer) return {};
    return refuse(
        400,
        "InvalidRequest",
        "x-amz-content-sha256, content-encoding: aws-chunked, x-amz-decoded-content-length and "
        "x-amz-trailer contradict each other"
    );
}

outcome<payload_claim> read_claim(std::string_view text, const request_head& head) {
    payload_claim claim;
    if (text.starts_with("STREAMING-") && !read_chunked_claim(text, claim)) {
        return refuse(501, "NotImplemented", "this kind of chunks is not implemented here");
    }
    if (auto good = check_chunked_headers(head, claim); !good) return good.error();
    if (text == "UNSIGNED-PAYLOAD" || claim.in_chunks) return claim;
    const auto hex_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text.size() != 64 || !std::all_of(text.begin(), text.end(), hex_digit)) {
        return refuse(
            400,
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value."
        );
    }
    claim.hashed = true;
    claim.sha256 = std::string(text);
    return claim;
}

outcome<void>
check_scope(const authorization& who, std::string_view date, const signature_rules& rules) {
    if (who.day != date.substr(0, 8)) {
        return malformed("the scope's date must be the day of x-amz-date");
    }
    if (who.service != "s3")
        return malformed("incorrect service '" + who.service + "', expecting 's3'");
    if (who.terminator != "aws4_request") return malformed("the scope must end with aws4_request");
    if (who.region == rules.region) return {};
    auto why =
        malformed("the region '" + who.region + "' is wrong; expecting '" + rules.region + "'");
    why.details.emplace_back("Region", rules.region);
    return why;
}

outcome<void> check_date(std::string_view text, sys_seconds now) {
    const auto when = parse_basic_date(text);
    if (!when) {
        return refuse(403, "AccessDenied", "AWS authentication requires a valid x-amz-date header");
    }
    const auto skew = *when > now ? *when - now : now - *when;
    if (skew <= max_skew) return {};
    auto why = refuse(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large."
    );
    why.details.emplace_back("RequestTime", std::string(text));
    why.details.emplace_back("ServerTime", xml_date(now));
    why.details.emplace_back("MaxAllowedSkewMilliseconds", "900000");
    return why;
}

/// Host, every x-amz-* header and content-md5 must be covered by the signature.
outcome<void> check_covered(const request_head& head, const std::vector<std::string>& covered) {
    std::string missing;
    for (const auto& one : head.headers) {
        const bool needed =
            one.name == "host" || one.name == "content-md5" || one.name.starts_with("x-amz-");
        if (!needed || std::binary_search(covered.begin(), covered.end(), one.name)) continue;
        missing += (missing.empty() ? "" : ", ") + one.name;
    }
    if (missing.empty()) return {};
    auto why = refuse(
        403, "AccessDenied", "There were headers present in the request which were not signed"
    );
    why.details.emplace_back("HeadersNotSigned", missing);
    return why;
}

outcome<void> check_token(const std::string* token, const signing_identity& who) {
    if (who.session_token.empty() && !token) return {};
    if (token && *token == who.session_token) return {};
    return refuse(400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
}

refusal mismatch(const authorization& who, const std::string& canonical) {
    auto why = refuse(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your "
        "key and "
        "signing method."
    );
    why.details.emplace_back("AWSAccessKeyId", who.access_key);
    why.details.emplace_back("SignatureProvided", who.signature);
    why.details.emplace_back("CanonicalRequest", canonical);
    return why;
}

bool read_credential(const std::string& text, authorization& to) {
    // The access key may itself hold slashes; the scope's four parts are counted from the end.
    const auto parts = split(text, '/');
    if (parts.size() < 5) return false;
    const auto scope = parts.size() - 4;
    for (std::size_t i = 0; i < scope; ++i)
        to.access_key += (i ? "/" : "") + parts[i];
    to.day = parts[scope];
    to.region = parts[scope + 1];
    to.service = parts[scope + 2];
    to.terminator = parts[scope + 3];
    return true;
}

bool in_order(const std::vector<std::string>& names) {
    const auto unsorted = [](const auto& a, const auto& b) { return a >= b; };
    return std::adjacent_find(names.begin(), names.end(), unsorted) == names.end();
}

} // namespace signature_detail

outcome<authorization> parse_authorization(std::string_view text) {
    using namespace signature_detail;
    authorization out;
    if (!text.starts_with(algorithm) || text.size() <= algorithm.size() ||
        text[algorithm.size()] != ' ') {
        return refuse(400, "InvalidArgument", "Unsupported Authorization Type");
    }
    std::string credential, headers;
    for (const auto& piece : split(text.substr(algorithm.size() + 1), ',')) {
        const auto field = squeezed(piece);
        const auto equals = std::min(field.find('='), field.size());
        const auto name = field.substr(0, equals);
        const auto value = field.substr(std::min(equals + 1, field.size()));
        auto* to = name == "Credential"      ? &credential
                   : name == "SignedHeaders" ? &headers
                   : name == "Signature"     ? &out.signature
                                             : nullptr;
        if (!to || !to->empty()) return malformed("unexpected field '" + name + "'");
        *to = value;
    }
    if (credential.empty() || headers.empty() || out.signature.empty()) {
        return malformed("it requires three components: Credential, SignedHeaders, and Signature.");
    }
    if (!read_credential(credential, out))
        return malformed("the Credential is mal-formed; expecting KEY/DAY/REGION/s3/aws4_request");
    out.signed_headers = split(headers, ';');
    if (!in_order(out.signed_headers))
        return malformed("SignedHeaders must be lower case, sorted and without repetition");
    return out;
}

std::string canonical_request(
    const request_head& head,
    const target& where,
    const std::vector<std::string>& signed_headers,
    std::string_view payload
) {
    std::string names,
        out = head.method + '\n' + canonical_path(where) + '\n' + canonical_query(where) + '\n';
    for (const auto& name : signed_headers) {
        out += name + ':' + signature_detail::joined_values(head, name) + '\n';
        names += (names.empty() ? "" : ";") + name;
    }
    out += '\n' + names + '\n';
    out += payload;
    return out;
}

sha256_digest signing_key(const authorization& who, std::string_view secret) {
    using signature_detail::mac;
    const auto first = "AWS4" + std::string(secret);
    const auto day = mac(as_bytes(first), who.day);
    const auto region = mac(day, who.region);
    const auto service = mac(region, who.service);
    return mac(service, who.terminator);
}

std::string scope_of(const authorization& who) {
    return who.day + '/' + who.region + '/' + who.service + '/' + who.terminator;
}

std::string signature_of(
    std::string_view canonical,
    std::string_view amz_date,
    const authorization& who,
    std::string_view secret
) {
    const auto digest = sha256(as_bytes(canonical));
    const auto text = std::string(signature_detail::algorithm) + '\n' + std::string(amz_date) +
                      '\n' + scope_of(who) + '\n' + hex(digest);
    return hex(signature_detail::mac(signing_key(who, secret), text));
}

outcome<payload_claim> check_signature(
    const request_head& head, const target& where, const signature_rules& rules, sys_seconds now
) {
    using namespace signature_detail;
    const auto* text = head.find("authorization");
    if (is_presigned(where)) {
        if (!text) return check_query_signature(head, where, rules, now);
        return refuse(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
            "query string parameter or the Authorization header should be specified"
        );
    }
    if (!text) return refuse(403, "AccessDenied", "Access Denied");
    const auto who = parse_authorization(*text);
    if (!who) return who.error();
    const auto date = head.get("x-amz-date");
    if (auto good = check_date(date, now); !good) return good.error();
    if (auto good = check_scope(*who, date, rules); !good) return good.error();
    const auto identity = find_identity(*who, rules, now);
    if (!identity) return identity.error();
    if (auto good = check_token(head.find("x-amz-security-token"), *identity); !good)
        return good.error();
    if (auto good = check_covered(head, who->signed_headers); !good) return good.error();
    const auto* payload = head.find("x-amz-content-sha256");
    if (!payload) {
        return refuse(
            400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        );
    }
    auto claim = read_claim(*payload, head);
    if (!claim) return claim.error();
    const auto canonical = canonical_request(head, where, who->signed_headers, *payload);
    if (signature_of(canonical, date, *who, identity->secret_key) != who->signature)
        return mismatch(*who, canonical);
    if (claim->signed_chunks) {
        claim->chain.key = signing_key(*who, identity->secret_key);
        claim->chain.date = std::string(date);
        claim->chain.scope = scope_of(*who);
        claim->chain.before = who->signature;
    }
    return claim;
}

} // namespace sluice::sim
