// s3sim: checks AWS Signature Version 4 in the Authorization header, from the request as it came.
#pragma once

#include "core/http_head.hpp"
#include "core/target.hpp"
#include "core/time_text.hpp"

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
};

/// The parts of the Authorization header.
struct authorization {
    std::string access_key, day, region, service, terminator;
    std::vector<std::string> signed_headers;
    std::string signature;
};

/// What x-amz-content-sha256 promised about the body.
struct payload_claim {
    bool hashed = false; ///< false: UNSIGNED-PAYLOAD
    std::string sha256;  ///< lower-case hex when hashed
};

outcome<authorization> parse_authorization(std::string_view text);

std::string canonical_request(
    const request_head& head,
    const target& where,
    const std::vector<std::string>& signed_headers,
    std::string_view payload
);

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

} // namespace sluice::sim
