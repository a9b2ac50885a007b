// s3client: per operation, the request it makes. Everything but host, signature and body.
#pragma once

#include "error_table.hpp"
#include "http_head.hpp"
#include "target.hpp"

#include <sluice/base/result.hpp>
#include <sluice/s3/requests.hpp>

#include <string>

namespace sluice::s3 {

struct request {
    std::string operation; ///< "PutObject": for people
    std::string where;     ///< "PutObject bucket/key": begins every failure of it
    std::string method;
    std::string bucket, key; ///< key empty: about the bucket
    query_list query;
    header_list headers; ///< without host, content-length and signature
    std::string body;    ///< XML of ours; data bodies come from elsewhere
    subject about = subject::object;
};

/// Where the next page of a list of parts or uploads begins.
struct page_marker {
    std::string key, upload; ///< of uploads; for parts `key` is the part number
};

/// Errors of all: s3_errc::unsafe_input naming what cannot be sent.
/// `checksums` says whether checksum headers go along.
result<request> build_put(const put_request& what, bool checksums);
result<request> build_get(const get_request& what, bool checksums);
result<request> build_head(const std::string& bucket, const std::string& key, bool checksums);
result<request> build_remove(const std::string& bucket, const std::string& key);
result<request> build_list(const list_request& what);
result<request> build_create_upload(const create_upload_request& what, bool checksums);
result<request> build_upload_part(const upload_part_request& what, bool checksums);
result<request> build_complete_upload(const complete_upload_request& what, bool checksums);
result<request>
build_abort_upload(const std::string& bucket, const std::string& key, const std::string& upload_id);
result<request> build_list_parts(const list_parts_request& what, const page_marker& from);
result<request> build_list_uploads(const list_uploads_request& what, const page_marker& from);
result<request> build_create_bucket(const std::string& bucket, const std::string& region);
result<request> build_head_bucket(const std::string& bucket);
result<request> build_get_lifecycle(const std::string& bucket);

} // namespace sluice::s3
