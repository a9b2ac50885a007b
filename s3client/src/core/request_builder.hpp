// s3client: per operation, the request it makes. Everything but host, signature and body.
#pragma once

#include "error_table.hpp"
#include "http_head.hpp"
#include "target.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/copy_requests.hpp>
#include <sluice/s3/removal_requests.hpp>
#include <sluice/s3/requests.hpp>

#include <string>
#include <string_view>

namespace sluice::s3 {

struct request {
    /// "PutObject bucket/key": begins every failure of it.
    std::string where() const;
    /// As new, but its room stays.
    void clear();

    std::string_view operation; ///< "PutObject": for people; a literal, as the method is
    std::string_view method;
    std::string bucket, key; ///< key empty: about the bucket
    std::string detail;      ///< what else `where` tells: " part 7", "/prefix"; often empty
    query_list query;
    header_list headers; ///< without host, content-length and signature
    std::string body;    ///< XML of ours; data bodies come from elsewhere
    subject about = subject::object;
    bool carries_secret = false; ///< a customer's key: not over an open wire
};

/// Where the next page of a list of parts or uploads begins.
struct page_marker {
    std::string key, upload; ///< of uploads; for parts `key` is the part number
};

/// How a store wants to be asked for listings: what a probe finds out.
struct list_dialect {
    bool second_version = true; ///< ListObjectsV2
    bool url_encoded = true;    ///< encoding-type=url: keys that XML cannot carry
};

/// Errors of all: s3_errc::unsafe_input naming what cannot be sent.
/// `checksums` says whether checksum headers go along. `room` is that of a request that is over.
result<request> build_put(const put_request& what, bool checksums, request&& room = request());
result<request> build_get(const get_request& what, bool checksums, request&& room = request());
result<request> build_head(const head_request& what, bool checksums);
result<request> build_remove(const remove_request& what);
result<request> build_remove_many(const remove_many_request& what);
result<request> build_copy(const copy_request& what, bool checksums);

result<request> build_create_upload(const create_upload_request& what, bool checksums);
result<request>
build_upload_part(const upload_part_request& what, bool checksums, request&& room = request());
result<request> build_copy_part(const copy_part_request& what);
result<request> build_complete_upload(const complete_upload_request& what, bool checksums);
result<request>
build_abort_upload(const std::string& bucket, const std::string& key, const std::string& upload_id);
result<request> build_list_parts(const list_parts_request& what, const page_marker& from);
result<request> build_list_uploads(const list_uploads_request& what, const page_marker& from);

/// Tags of an object; `version_id` empty: of the current one.
result<request>
build_get_tags(const std::string& bucket, const std::string& key, const std::string& version_id);
result<request> build_put_tags(
    const std::string& bucket,
    const std::string& key,
    const std::string& version_id,
    const tag_map& tags
);
result<request>
build_remove_tags(const std::string& bucket, const std::string& key, const std::string& version_id);

result<request> build_list(const list_request& what, const list_dialect& how = list_dialect());
result<request> build_create_bucket(const std::string& bucket, const std::string& region);
result<request> build_remove_bucket(const std::string& bucket);
result<request> build_head_bucket(const std::string& bucket);
result<request> build_get_location(const std::string& bucket);
result<request> build_get_lifecycle(const std::string& bucket);

} // namespace sluice::s3
