// s3client: from an answer to what it means.
#pragma once

#include "error_table.hpp"
#include "http_head.hpp"
#include "range_progress.hpp"
#include "request_builder.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/removal_requests.hpp>
#include <sluice/s3/requests.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// A whole answer whose body was collected (XML, an error, nothing).
struct answer {
    response_head head;
    std::string text;
};

/// Whether it is a success: a 2xx. A 200 that carries <Error> is not, see `read_failure`.
bool is_success(const response_head& head);

/// The failure that an answer is. `where` is left for the caller to fill.
/// Code and message of the body are in `peer_text`; of a redirect, "region: eu-west-1".
failure read_failure(const answer& what, subject about);
/// A 200 whose body is <Error> (Complete, copies): that error. nullopt when it is none.
std::optional<failure> read_hidden_failure(const answer& what, subject about);

/// Whether the failure that was read of this answer is about a checksum, or about how it travels
/// behind the body: the store does not take it. False where it compared it: the bytes were damaged
/// on their way. Only an error of S3's form counts: what else answers may repeat the request.
bool blames_checksum(const answer& what, const failure& why);

/// The region that the answer says the bucket lives in; empty when it says none.
std::string read_region(const answer& what);
/// When a lifecycle rule of the bucket will abort the upload (x-amz-abort-date), µs since 1970 UTC;
/// nullopt where none is told.
std::optional<std::int64_t> read_abort_date(const response_head& head);
/// The server's clock.
std::optional<std::chrono::sys_seconds> read_server_time(const response_head& head);
/// x-amz-retry-after.
std::optional<std::chrono::milliseconds> read_retry_hint(const response_head& head);

/// Whoever wrote with a customer's key is told by the store that it was used. Errors:
/// not_implemented where a store took the request and passed over the key.
result<void> check_customer_key(const request& asked, const response_head& head);
/// The ETag header verbatim, as long as the head lives. Errors: malformed_answer when there is
/// none.
result<std::string_view> read_etag(const response_head& head);
/// x-amz-version-id, as long as the head lives; empty where the bucket keeps no versions.
std::string_view read_version(const response_head& head);
/// What DELETE says of the version that it made or removed.
removal_receipt read_removal(const response_head& head);
/// What a HEAD or GET says of the object. Errors: malformed_answer (no length).
result<object_head> read_object_head(const response_head& head);

/// "bytes 0-9/100"; nullopt when malformed or when the total is unknown.
std::optional<content_range> read_content_range(std::string_view text);

} // namespace sluice::s3
