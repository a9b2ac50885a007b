// s3sim: who may sign, and with what: the one signer, and keys that end.
#pragma once

#include "core/signature.hpp"

#include <string>

namespace sluice::sim {

struct signing_identity {
    std::string secret_key;
    std::string session_token; ///< empty: none may be sent
};

/// Of the one signer, or, where rules.temporary_keys says so, of an access key
/// "ASIA" + 8 hex digits (its end, in seconds since 1970) + anything, whose secret is
/// hex(HMAC-SHA256(secret_key, access key)) and whose session token is
/// hex(HMAC-SHA256(secret_key, "token:" + access key)).
/// Refusals: InvalidAccessKeyId, ExpiredToken.
outcome<signing_identity>
find_identity(const authorization& who, const signature_rules& rules, sys_seconds now);

} // namespace sluice::sim
