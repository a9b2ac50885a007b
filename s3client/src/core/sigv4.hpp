// s3client: AWS Signature Version 4 in headers, service "s3".
#pragma once

#include "http_head.hpp"
#include "target.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/s3/credentials.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// What x-amz-content-sha256 says of a body that is not signed.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// SHA-256 of nothing, in hex.
inline constexpr std::string_view empty_payload =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Whether a header is part of the signature: host, content-md5, content-type, date, range, if-*,
/// x-amz-*. All others may be changed by proxies, or are nobody's business.
bool is_signed_header(std::string_view name);

/// The first of the three texts of SigV4. `headers` must hold `host`; unsigned ones are left out.
std::string canonical_request(
    std::string_view method,
    const written_target& target,
    const header_list& headers,
    std::string_view payload_hash
);

/// Signs requests of one identity. Keeps the key of the last (day, region), which costs four HMACs.
class signer {
  public:
    explicit signer(credentials who, std::string service = "s3");

    /// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token and authorization to `headers`,
    /// which must already hold `host` and everything else that is to be signed. Adds nothing when
    /// the credentials are anonymous. `when` is UTC; S3 refuses a skew of more than 15 minutes.
    /// Source: AWS, "Signature Calculations for the Authorization Header".
    void sign(
        std::string_view method,
        const written_target& target,
        header_list& headers,
        std::string_view payload_hash,
        const std::string& region,
        std::chrono::sys_seconds when
    );

  private:
    const sha256_digest&
    key_for(const std::string& scope, std::string_view day, const std::string& region);

    credentials who_;
    std::string service_;
    std::string key_scope_;
    sha256_digest key_{};
};

} // namespace sluice::s3
