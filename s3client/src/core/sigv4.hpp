// s3client: AWS Signature Version 4, service "s3": in headers, in a query, and as the start of a
// chain of signed chunks.
#pragma once

#include "http_head.hpp"
#include "sigv4_chunks.hpp"
#include "target.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/result.hpp>
#include <sluice/s3/credentials.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

/// What x-amz-content-sha256 says of a body that is not signed.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// SHA-256 of nothing, in hex.
inline constexpr std::string_view empty_payload =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// What it says of bodies that travel in chunks: each of them signed, or with a trailer behind
/// them, or both.
inline constexpr std::string_view signed_chunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view signed_chunks_and_trailer =
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view unsigned_chunks_and_trailer =
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Whether a header is part of the signature: host, content-* except its length, date, range, if-*,
/// x-amz-*. All others may be changed by proxies, or are nobody's business.
bool is_signed_header(std::string_view name);
using header_choice = bool (*)(std::string_view name);

/// The first of the three texts of SigV4. `headers` must hold `host`; unsigned ones are left out.
std::string canonical_request(
    std::string_view method,
    const written_target& target,
    const header_list& headers,
    std::string_view payload_hash,
    header_choice is_signed = is_signed_header
);

/// Where and when a signature is valid.
struct signing_place {
    std::string_view region;
    std::chrono::sys_seconds when; ///< UTC; S3 refuses a skew of more than 15 minutes
};

/// Signs requests of one identity. Keeps the key of the last (day, region), which costs four HMACs.
class signer {
  public:
    explicit signer(
        credentials who, std::string service = "s3", header_choice is_signed = is_signed_header
    );

    /// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token and authorization to `headers`,
    /// which must already hold `host` and everything else that is to be signed. Adds nothing when
    /// the credentials are anonymous, except that a body in chunks says so.
    /// Returns the chain that the body's chunks continue, for a `payload_hash` that is one of
    /// `signed_chunks…`; of no use otherwise.
    /// Source: AWS, "Signature Calculations for the Authorization Header".
    chunk_signer sign(
        std::string_view method,
        const written_target& target,
        header_list& headers,
        std::string_view payload_hash,
        const signing_place& place
    );

    /// The target of a request that anybody may send for `valid` from now on: the signature is in
    /// its query. Whoever sends it must send `headers` too, which hold `host`. Without a signature
    /// when the credentials are anonymous.
    /// Errors: s3_errc::unsafe_input when `valid` is not within a second and seven days.
    /// Source: AWS, "Authenticating Requests: Using Query Parameters".
    result<std::string> presign(
        std::string_view method,
        const std::string& raw_path,
        query_list query,
        const header_list& headers,
        const signing_place& place,
        std::chrono::seconds valid
    );

  private:
    struct stamp {
        std::string date, scope;
    };
    const stamp& stamp_of(const signing_place& place);
    const sha256_digest& key_for(const stamp& at, std::string_view region);
    /// In hex, of the canonical request in `canonical_`; valid until the next one.
    const std::string& signature(const stamp& at, const signing_place& place);

    credentials who_;
    std::string service_;
    header_choice is_signed_;
    stamp stamp_; ///< of the second and region below
    std::chrono::sys_seconds stamp_when_ = std::chrono::sys_seconds::min();
    std::string stamp_region_;
    std::string key_scope_;
    sha256_digest key_{};
    // Room that is used again by every request.
    std::string canonical_, to_sign_, signature_, authorization_;
    std::vector<header> signed_; ///< where they lie in the list, sorted by name
};

} // namespace sluice::s3
