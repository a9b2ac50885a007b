// s3client: what S3 can answer, as codes a program can compare.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/retry.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace sluice::s3 {

enum class s3_errc {
    // answers of the service
    access_denied = 1,       ///< 403, also InvalidAccessKeyId and friends without a better code
    invalid_credentials,     ///< InvalidAccessKeyId, SignatureDoesNotMatch
    expired_token,           ///< ExpiredToken, InvalidToken
    request_time_too_skewed, ///< RequestTimeTooSkewed
    no_such_bucket,
    no_such_key, ///< 404 on an object
    no_such_upload,
    no_such_configuration, ///< 404: the bucket has no configuration of the kind asked for
    precondition_failed,   ///< 412, and 304 on a PUT
    conditional_conflict,  ///< 409 ConditionalRequestConflict, OperationAborted
    invalid_part,          ///< InvalidPart, InvalidPartOrder, EntityTooSmall
    invalid_range,         ///< 416
    bad_digest,            ///< the server's checksum of the body differs
    slow_down,             ///< 503 SlowDown, 429, ThrottlingException
    internal_error,        ///< other 5xx, also without a body
    request_timeout,       ///< 400 RequestTimeout
    wrong_region,    ///< 301, 307, AuthorizationHeaderMalformed; the region learnt is in peer_text
    not_implemented, ///< 501, or a header the store does not take
    other_client_error, ///< any other 4xx: permanent
    // our side of the exchange
    malformed_answer,  ///< not HTTP, not XML, a header missing: retried
    truncated_body,    ///< fewer bytes than announced: retried
    unexpected_range,  ///< 200 for a range, another Content-Range or total
    changed,           ///< If-Match failed or ETag differs: the object is another one
    checksum_mismatch, ///< bytes received differ from the checksum
    connect_failed,    ///< refused, unreachable, unknown host
    connection_lost,   ///< reset or closed before the whole answer
    tls_failed,        ///< certificate or handshake; never retried
    timed_out,
    unsafe_input,   ///< control bytes in something bound for a header
    no_credentials, ///< none found, or the profile does not exist
    not_modified,   ///< 304: a read's condition says that what the caller has is still right
};

const boost::system::error_category& s3_category() noexcept;
boost::system::error_code make_error_code(s3_errc e) noexcept;

/// The table of retry classes. Codes of other categories: errc::cancelled is cancelled, all else
/// permanent.
failure_class classify(const failure& why);

} // namespace sluice::s3

template <>
struct boost::system::is_error_code_enum<sluice::s3::s3_errc> : std::true_type {};
