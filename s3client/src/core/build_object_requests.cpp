// s3client: requests about objects and buckets.
#include "request_parts.hpp"
#include "xml_documents.hpp"

#include <sluice/s3/error.hpp>

#include <limits>

namespace sluice::s3 {

result<request> build_put(const put_request& what, bool checksums) {
    auto made = start_request("PUT", "PutObject", what.bucket, &what.key);
    if (!made) return made;
    add_metadata(*made, what.meta, what.content_type);
    add_checksum(*made, what.sum, checksums);
    if (what.if_none_match) made->headers.push_back({"if-none-match", "*"});
    return checked(std::move(*made));
}

result<request> build_get(const get_request& what, bool checksums) {
    auto made = start_request("GET", "GetObject", what.bucket, &what.key);
    if (!made) return made;
    if (what.range) {
        const byte_range& asked = *what.range;
        const auto room = std::numeric_limits<std::uint64_t>::max() - asked.first;
        if (asked.size == 0 || asked.size > room) {
            failure why;
            why.code = s3_errc::unsafe_input;
            why.where = made->where + ": a range must have at least one byte";
            return why;
        }
        made->headers.push_back(
            {"range",
             "bytes=" + std::to_string(asked.first) + "-" +
                 std::to_string(asked.first + asked.size - 1)}
        );
    } else if (checksums) {
        made->headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    }
    if (!what.if_match.empty()) made->headers.push_back({"if-match", what.if_match});
    made->headers.push_back({"accept-encoding", "identity"});
    return checked(std::move(*made));
}

result<request> build_head(const std::string& bucket, const std::string& key, bool checksums) {
    auto made = start_request("HEAD", "HeadObject", bucket, &key);
    if (!made) return made;
    if (checksums) made->headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    made->headers.push_back({"accept-encoding", "identity"});
    return checked(std::move(*made));
}

result<request> build_remove(const std::string& bucket, const std::string& key) {
    return start_request("DELETE", "DeleteObject", bucket, &key);
}

result<request> build_list(const list_request& what) {
    auto made = start_request("GET", "ListObjectsV2", what.bucket, nullptr);
    if (!made) return made;
    made->where += "/" + what.prefix;
    made->query.push_back({"list-type", "2"});
    made->query.push_back({"encoding-type", "url"});
    made->query.push_back({"max-keys", std::to_string(what.limit)});
    if (!what.prefix.empty()) made->query.push_back({"prefix", what.prefix});
    if (!what.delimiter.empty()) made->query.push_back({"delimiter", what.delimiter});
    if (!what.token.empty()) made->query.push_back({"continuation-token", what.token});
    if (!what.start_after.empty()) made->query.push_back({"start-after", what.start_after});
    return checked(std::move(*made));
}

result<request> build_create_bucket(const std::string& bucket, const std::string& region) {
    auto made = start_request("PUT", "CreateBucket", bucket, nullptr);
    if (made) made->body = write_bucket_region(region);
    return made;
}

result<request> build_head_bucket(const std::string& bucket) {
    return start_request("HEAD", "HeadBucket", bucket, nullptr);
}

result<request> build_get_lifecycle(const std::string& bucket) {
    auto made = start_request("GET", "GetBucketLifecycleConfiguration", bucket, nullptr);
    if (made) made->query.push_back({"lifecycle", ""});
    return made;
}

} // namespace sluice::s3
