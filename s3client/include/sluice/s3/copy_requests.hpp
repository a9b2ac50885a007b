// s3client: copies that the store makes by itself.
#pragma once

#include <sluice/s3/requests.hpp>

#include <optional>
#include <string>

namespace sluice::s3 {

struct copy_source {
    std::string bucket, key;
    std::string version_id; ///< empty: the current one
    std::string if_match;   ///< empty: none
    read_conditions only_if;
    customer_key secret; ///< with which the source was encrypted
    std::string expected_owner;
};

struct copy_request {
    copy_source from;
    std::string bucket, key;
    /// Whether `meta`, `content_type` and the content headers of `traits` replace the source's.
    bool replace_metadata = false;
    bool replace_tags = false; ///< by those of `traits`
    metadata meta;
    std::string content_type;
    object_traits traits;
    customer_key secret;
    bool if_none_match = false; ///< If-None-Match: *
    std::string if_match;
    request_terms terms;
    checksum::kind algorithm = checksum::kind::none; ///< the store is to compute; none: as it likes
};
struct copy_receipt {
    std::string etag, last_modified;
    std::string version_id; ///< of the new object
    std::string source_version_id;
};

struct copy_part_request {
    copy_source from;
    std::optional<byte_range>
        range; ///< of the source; S3 wants 5 MiB and more for all but the last
    std::string bucket, key, upload_id;
    unsigned number = 1; ///< 1 … 10,000
    customer_key secret;
    request_terms terms;
};

} // namespace sluice::s3
