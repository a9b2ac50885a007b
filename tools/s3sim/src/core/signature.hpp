// s3sim: checks AWS Signature Version 4, in the Authorization header or in the query, from the
// request as it came.
#pragma once

#include "core/http_head.hpp"
#include "core/target.hpp"
#include "core/time_text.hpp"

#include <sluice/base/hash.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

/// Who may sign and where. `secret_key` never appears in an answer.
struct signature_rules {
    std::string access_key;
    std::string secret_key;
    std::string session_token; ///< must be sent as x-amz-security-token when not empty
    std::string region;
    bool temporary_keys = false; ///< keys that end are accepted, too: identities.hpp
};

/// The parts of the Authorization header, or of the query.
struct authorization {
    std::string access_key, day, region, service, terminator;
    std::vector<std::string> signed_headers;
    std::string signature;
};

/// Where the signatures of a body in chunks go on from.
struct chunk_chain {
    sha256_digest key{};
    std::string date, scope;
    std::string before; ///< the signature of the head, then of each chunk
};

/// What x-amz-content-sha256 promised about the body.
struct payload_claim {
    bool hashed = false; ///< false: UNSIGNED-PAYLOAD, or in chunks
    std::string sha256;  ///< lower-case hex when hashed
    bool in_chunks = false, signed_chunks = false, trailer = false;
    chunk_chain chain; ///< of signed chunks
};

outcome<authorization> parse_authorization(std::string_view text);

std::string canonical_request(
    const request_head& head,
    const target& where,
    const std::vector<std::string>& signed_headers,
    std::string_view payload
);

sha256_digest signing_key(const authorization& who, std::string_view secret);
std::string scope_of(const authorization& who);

std::string signature_of(
    std::string_view canonical,
    std::string_view amz_date,
    const authorization& who,
    std::string_view secret
);

/// Accepts or refuses with S3's own codes: AccessDenied, InvalidAccessKeyId, InvalidToken,
/// AuthorizationHeaderMalformed, RequestTimeTooSkewed (15 minutes), SignatureDoesNotMatch …
outcome<payload_claim> check_signature(
    const request_head& head, const target& where, const signature_rules& rules, sys_seconds now
);
/// The same for a presigned request: AuthorizationQueryParametersError for what is missing or wrong
/// in the query, AccessDenied for one that is not valid now.
outcome<payload_claim> check_query_signature(
    const request_head& head, const target& where, const signature_rules& rules, sys_seconds now
);
/// Whether the query holds anything that only presigned requests have.
bool is_presigned(const target& where);

} // namespace sluice::sim
