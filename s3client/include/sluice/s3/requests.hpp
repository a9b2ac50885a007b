// s3client: one struct in, one struct out, per operation. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::s3 {

/// Checksum of a body that is known before it is sent.
struct checksum {
    enum class kind { none = 0, crc64nvme, crc32c };
    kind algorithm = kind::none;
    std::uint64_t value = 0;
};

using metadata = std::map<std::string, std::string>; ///< without `x-amz-meta-`; names lower case

struct put_request {
    std::string bucket, key;
    checksum sum;
    metadata meta;
    std::string content_type;
    bool if_none_match = false; ///< If-None-Match: *
};
struct put_receipt {
    std::string etag; ///< opaque, verbatim
};

struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t size = 0; ///< at least 1
};
struct get_request {
    std::string bucket, key;
    std::optional<byte_range> range;
    std::string if_match; ///< empty: none
};
struct object_head {
    std::uint64_t size = 0; ///< of the whole object, also when a range was read
    std::string etag;
    metadata meta;
    std::string content_type;
    std::string last_modified;
    checksum sum; ///< of the full object, where the store tells
};

struct list_request {
    std::string bucket, prefix;
    std::string delimiter;   ///< usually "" or "/"
    std::string start_after; ///< key
    std::string token;       ///< of the page before; empty: first page
    unsigned limit = 1000;   ///< 1 … 1000
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
    std::string next_token; ///< empty: last page
    std::optional<std::chrono::sys_seconds> told_at; ///< by the store's clock, where it has told
};

struct create_upload_request {
    std::string bucket, key;
    metadata meta;
    std::string content_type;
    checksum::kind algorithm =
        checksum::kind::none; ///< announced (x-amz-checksum-algorithm, FULL_OBJECT)
};
struct upload_part_request {
    std::string bucket, key, upload_id;
    unsigned number = 1; ///< 1 … 10,000
    checksum sum;
};
struct created_upload {
    std::string id;
    /// µs since 1970 UTC: when a lifecycle rule of the bucket will abort it; nullopt where no rule
    /// does, or the store does not tell.
    std::optional<std::int64_t> abort_at;
};
struct part_receipt {
    std::string etag;
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
