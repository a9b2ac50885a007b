// s3client: one struct in, one struct out, per operation. Plain values.
#pragma once

#include <sluice/s3/checksum.hpp>
#include <sluice/s3/object_traits.hpp>
#include <sluice/s3/rare.hpp>
#include <sluice/s3/short_text.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::s3 {

struct put_request {
    std::string bucket, key;
    checksum sum;
    metadata meta;
    std::string content_type;
    bool if_none_match = false; ///< If-None-Match: *
    std::string if_match;       ///< write only over this ETag; empty: over anything
    /// Where `sum` is none: what the client computes, and sends behind the body or before it, as
    /// the store allows.
    checksum::kind compute = checksum::kind::none;
    object_traits traits;
    customer_key secret;
    request_terms terms;
    bool tells_cancellation = false; ///< see get_request
    bool sum_is_wrong = false;       ///< on purpose: bad_digest is then the answer, not tried again
};
struct put_receipt {
    short_text etag; ///< opaque, verbatim
    short_text version_id;
    checksum sum; ///< that was sent along, given or computed
};

struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t size = 0; ///< at least 1
};
/// Conditions on a read besides If-Match. What does not hold: not_modified, precondition_failed.
struct read_conditions {
    std::string if_none_match; ///< an ETag; empty: none
    std::optional<std::chrono::sys_seconds> modified_since, unmodified_since;
};
struct get_request {
    std::string bucket, key;
    std::optional<byte_range> range;
    std::string if_match; ///< empty: none
    std::string version_id;
    read_conditions only_if;
    /// What the whole body must have. Where it is none, and the whole object is read, the store's
    /// own checksum is what counts, if it tells one of the full object.
    checksum expected;
    /// That the object was stored with; another one (a store that compresses by itself) is refused.
    std::string content_encoding;
    customer_key secret;
    request_terms terms;
    /// A cancellation while the answer is waited for is told as a failure, operation_aborted, and
    /// not thrown: of an exception thousands pay 3 µs each for every coroutine that it leaves. In
    /// all other places it is thrown.
    bool tells_cancellation = false;
};
struct head_request {
    std::string bucket, key;
    std::string if_match; ///< empty: none
    std::string version_id;
    read_conditions only_if;
    customer_key secret;
    request_terms terms;
};
struct object_head {
    std::uint64_t size = 0; ///< of the whole object, also when a range was read
    short_text etag;
    metadata meta;
    short_text content_type;
    short_text last_modified;
    checksum sum; ///< of the full object, where the store tells
    short_text version_id;
    rare<object_traits> traits;
    unsigned tag_count = 0;
};

struct list_request {
    std::string bucket, prefix;
    std::string delimiter;   ///< usually "" or "/"
    std::string start_after; ///< key
    std::string token;       ///< of the page before; empty: first page
    unsigned limit = 1000;   ///< 1 … 1000
    request_terms terms;
};
struct listed_object {
    std::string key;
    std::uint64_t size = 0;
    std::string etag;
    std::string last_modified;
};
struct list_page {
    std::vector<listed_object> objects;
    std::vector<std::string> prefixes;
    std::string next_token;                          ///< empty: last page
    std::optional<std::chrono::sys_seconds> told_at; ///< by the store's clock, where it has told
};

struct create_upload_request {
    std::string bucket, key;
    metadata meta;
    std::string content_type;
    checksum::kind algorithm =
        checksum::kind::none; ///< announced (x-amz-checksum-algorithm); not MD5
    /// Whether the object gets a checksum of all its bytes (CRCs only), or one of its parts'.
    bool full_object = true;
    object_traits traits;
    customer_key secret;
    request_terms terms;
};
struct upload_part_request {
    std::string bucket, key, upload_id;
    unsigned number = 1; ///< 1 … 10,000
    checksum sum;
    checksum::kind compute = checksum::kind::none; ///< see put_request
    customer_key secret;
    request_terms terms;
    bool tells_cancellation = false; ///< see get_request
};
struct created_upload {
    std::string id;
    /// µs since 1970 UTC: when a lifecycle rule of the bucket will abort it; nullopt where no rule
    /// does, or the store does not tell.
    std::optional<std::int64_t> abort_at;
};
struct part_receipt {
    short_text etag;
    checksum sum;  ///< that was sent along, given or computed
    checksum told; ///< by the store in its answer: `sum`, where that was given; else none
};
struct finished_part {
    unsigned number = 1;
    std::uint64_t size = 0;
    std::string etag;
    checksum sum;
};
struct complete_upload_request {
    std::string bucket, key, upload_id;
    std::vector<finished_part> parts; ///< ascending
    checksum sum;                     ///< of the full object
    std::uint64_t size = 0;           ///< of the full object
    bool if_none_match = false;
    std::string if_match;
    request_terms terms;
};
struct list_parts_request {
    std::string bucket, key, upload_id;
};
struct list_uploads_request {
    std::string bucket, prefix;
};
struct open_upload {
    std::string key, upload_id;
    std::string initiated;
};

/// One rule of a bucket's lifecycle, as far as it concerns what lies below a prefix.
struct lifecycle_rule {
    std::string id;
    bool enabled = false;
    std::string prefix;
    bool narrowed = false;    ///< by tags or sizes: it may not hold for all below the prefix
    bool expires = false;     ///< it removes objects
    bool transitions = false; ///< it moves objects to another storage class
    std::optional<std::uint64_t> abort_days; ///< it aborts uploads so many days after they began
};

} // namespace sluice::s3
