// s3sim: presigned requests: the signature in the query.
#include "core/signature_detail.hpp"

#include <algorithm>
#include <array>

namespace sluice::sim {

namespace query_detail {

constexpr std::array<std::string_view, 6> needed = {
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
};
constexpr std::string_view token_name = "X-Amz-Security-Token";

refusal wrong(std::string message) {
    return refuse(400, "AuthorizationQueryParametersError", std::move(message));
}

outcome<void> check_complete(const target& where) {
    for (const auto name : needed) {
        if (!where.find(name))
            return wrong("Query-string authentication version 4 requires the X-Amz-Algorithm, "
                         "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                         "X-Amz-Expires parameters.");
    }
    if (where.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256")
        return wrong("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    return {};
}

outcome<authorization> read_who(const target& where) {
    authorization who;
    if (!signature_detail::read_credential(where.get("X-Amz-Credential"), who))
        return wrong("the Credential is mal-formed; expecting KEY/DAY/REGION/s3/aws4_request");
    who.signed_headers = signature_detail::split(where.get("X-Amz-SignedHeaders"), ';');
    who.signature = where.get("X-Amz-Signature");
    const auto& names = who.signed_headers;
    const bool with_host = std::find(names.begin(), names.end(), "host") != names.end();
    if (!signature_detail::in_order(names) || !with_host)
        return wrong("X-Amz-SignedHeaders must hold host, be sorted and without repetition");
    return who;
}

outcome<void>
check_scope(const authorization& who, std::string_view date, const signature_rules& rules) {
    if (who.day != date.substr(0, 8))
        return wrong("Invalid credential date. This date is not the same as X-Amz-Date.");
    if (who.service != "s3") return wrong("incorrect service; this endpoint belongs to \"s3\"");
    if (who.terminator != "aws4_request") return wrong("the scope must end with aws4_request");
    if (who.region == rules.region) return {};
    auto why = wrong("the region '" + who.region + "' is wrong; expecting '" + rules.region + "'");
    why.details.emplace_back("Region", rules.region);
    return why;
}

outcome<void> check_time(const target& where, sys_seconds now) {
    const auto when = parse_basic_date(where.get("X-Amz-Date"));
    if (!when)
        return wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    const auto valid = parse_number(where.get("X-Amz-Expires"));
    if (!valid || *valid < 1 || *valid > 604'800)
        return wrong("X-Amz-Expires must be a number between 1 and 604800 seconds");
    if (*when > now + std::chrono::minutes(15))
        return refuse(403, "AccessDenied", "Request is not valid yet");
    if (now <= *when + std::chrono::seconds(*valid)) return {};
    auto why = refuse(403, "AccessDenied", "Request has expired");
    why.details.emplace_back("X-Amz-Expires", where.get("X-Amz-Expires"));
    why.details.emplace_back("ServerTime", xml_date(now));
    return why;
}

/// The query that was signed: everything but the signature.
target without_signature(const target& where) {
    target out = where;
    std::erase_if(out.query, [](const parameter& one) { return one.name == "X-Amz-Signature"; });
    return out;
}

} // namespace query_detail

bool is_presigned(const target& where) {
    return std::any_of(where.query.begin(), where.query.end(), [](const parameter& one) {
        return one.name.starts_with("X-Amz-");
    });
}

outcome<payload_claim> check_query_signature(
    const request_head& head, const target& where, const signature_rules& rules, sys_seconds now
) {
    using namespace query_detail;
    if (auto good = check_complete(where); !good) return good.error();
    const auto who = read_who(where);
    if (!who) return who.error();
    const auto date = where.get("X-Amz-Date");
    if (auto good = check_scope(*who, date, rules); !good) return good.error();
    const auto identity = find_identity(*who, rules, now);
    if (!identity) return identity.error();
    if (auto good = check_time(where, now); !good) return good.error();
    if (auto good = signature_detail::check_token(where.find(token_name), *identity); !good)
        return good.error();
    if (auto good = signature_detail::check_covered(head, who->signed_headers); !good)
        return good.error();
    const auto* said = head.find("x-amz-content-sha256");
    const std::string payload = said ? *said : "UNSIGNED-PAYLOAD";
    auto claim = signature_detail::read_claim(payload, head);
    if (!claim) return claim.error();
    if (claim->in_chunks)
        return refuse(501, "NotImplemented", "presigned bodies in chunks are not implemented here");
    const auto canonical =
        canonical_request(head, without_signature(where), who->signed_headers, payload);
    if (signature_of(canonical, date, *who, identity->secret_key) != who->signature)
        return signature_detail::mismatch(*who, canonical);
    return claim;
}

} // namespace sluice::sim
