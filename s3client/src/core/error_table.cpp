// s3client: the table of errors, and which class of retry each belongs to.
#include "error_table.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <array>

namespace sluice::s3 {

namespace {

struct known_code {
    std::string_view name;
    s3_errc meaning;
};

constexpr std::array known_codes = std::to_array<known_code>({
    {"AccessDenied", s3_errc::access_denied},
    {"AccessForbidden", s3_errc::access_denied},
    {"AllAccessDisabled", s3_errc::access_denied},
    {"AccountProblem", s3_errc::access_denied},
    {"InvalidAccessKeyId", s3_errc::invalid_credentials},
    {"SignatureDoesNotMatch", s3_errc::invalid_credentials},
    {"InvalidSecurity", s3_errc::invalid_credentials},
    {"ExpiredToken", s3_errc::expired_token},
    {"ExpiredTokenException", s3_errc::expired_token},
    {"InvalidToken", s3_errc::expired_token},
    {"TokenRefreshRequired", s3_errc::expired_token},
    {"RequestTimeTooSkewed", s3_errc::request_time_too_skewed},
    {"NoSuchBucket", s3_errc::no_such_bucket},
    {"NoSuchKey", s3_errc::no_such_key},
    {"NoSuchVersion", s3_errc::no_such_key},
    {"NoSuchLifecycleConfiguration", s3_errc::no_such_configuration},
    {"NoSuchUpload", s3_errc::no_such_upload},
    {"PreconditionFailed", s3_errc::precondition_failed},
    {"ConditionalRequestConflict", s3_errc::conditional_conflict},
    {"OperationAborted", s3_errc::conditional_conflict},
    {"InvalidPart", s3_errc::invalid_part},
    {"InvalidPartOrder", s3_errc::invalid_part},
    {"EntityTooSmall", s3_errc::invalid_part},
    {"InvalidRange", s3_errc::invalid_range},
    {"BadDigest", s3_errc::bad_digest},
    {"InvalidDigest", s3_errc::bad_digest},
    {"XAmzContentSHA256Mismatch", s3_errc::bad_digest},
    {"XAmzContentChecksumMismatch", s3_errc::bad_digest},
    {"SlowDown", s3_errc::slow_down},
    {"SlowDownRead", s3_errc::slow_down},
    {"SlowDownWrite", s3_errc::slow_down},
    {"ServiceUnavailable", s3_errc::slow_down},
    {"Throttling", s3_errc::slow_down},
    {"ThrottlingException", s3_errc::slow_down},
    {"ThrottledException", s3_errc::slow_down},
    {"RequestThrottled", s3_errc::slow_down},
    {"RequestLimitExceeded", s3_errc::slow_down},
    {"TooManyRequests", s3_errc::slow_down},
    {"TooManyRequestsException", s3_errc::slow_down},
    {"BandwidthLimitExceeded", s3_errc::slow_down},
    {"InternalError", s3_errc::internal_error},
    {"InternalErrors", s3_errc::internal_error},
    {"InternalServerError", s3_errc::internal_error},
    {"RequestTimeout", s3_errc::request_timeout},
    {"RequestTimeoutException", s3_errc::request_timeout},
    {"PermanentRedirect", s3_errc::wrong_region},
    {"TemporaryRedirect", s3_errc::wrong_region},
    {"Redirect", s3_errc::wrong_region},
    {"AuthorizationHeaderMalformed", s3_errc::wrong_region},
    {"IllegalLocationConstraintException", s3_errc::wrong_region},
    {"NotImplemented", s3_errc::not_implemented},
});

s3_errc not_found(subject about) {
    if (about == subject::bucket) return s3_errc::no_such_bucket;
    return about == subject::upload ? s3_errc::no_such_upload : s3_errc::no_such_key;
}

s3_errc meaning_of_status(unsigned status, subject about) {
    switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
        return s3_errc::wrong_region;
    case 304:
        return s3_errc::precondition_failed; // what old MinIO says of If-None-Match
    case 401:
    case 403:
        return s3_errc::access_denied;
    case 404:
        return not_found(about);
    case 408:
        return s3_errc::request_timeout;
    case 409:
        return s3_errc::conditional_conflict;
    case 412:
        return s3_errc::precondition_failed;
    case 416:
        return s3_errc::invalid_range;
    case 429:
        return s3_errc::slow_down;
    case 501:
        return s3_errc::not_implemented;
    case 503:
        return s3_errc::slow_down;
    default:
        break;
    }
    if (status >= 500) return s3_errc::internal_error;
    if (status >= 400) return s3_errc::other_client_error;
    return s3_errc::malformed_answer;
}

} // namespace

s3_errc meaning_of(unsigned status, std::string_view code, subject about) {
    const auto found = std::find_if(known_codes.begin(), known_codes.end(), [&](const auto& each) {
        return each.name == code;
    });
    if (found != known_codes.end()) return found->meaning;
    // A 409 with a code of its own (BucketNotEmpty, …) is no race.
    if (status == 409 && !code.empty()) return s3_errc::other_client_error;
    return meaning_of_status(status, about);
}

failure_class classify(const failure& why) {
    if (why.code == errc::cancelled) return failure_class::cancelled;
    if (why.code.category() != s3_category()) return failure_class::permanent;
    switch (static_cast<s3_errc>(why.code.value())) {
    case s3_errc::slow_down:
        return failure_class::throttle;
    case s3_errc::expired_token:
        return failure_class::refresh_credentials;
    case s3_errc::request_time_too_skewed:
    case s3_errc::conditional_conflict:
    case s3_errc::bad_digest:
    case s3_errc::internal_error:
    case s3_errc::request_timeout:
    case s3_errc::malformed_answer:
    case s3_errc::truncated_body:
    case s3_errc::checksum_mismatch:
    case s3_errc::connect_failed:
    case s3_errc::connection_lost:
    case s3_errc::timed_out:
        return failure_class::retry;
    default:
        return failure_class::permanent;
    }
}

} // namespace sluice::s3
