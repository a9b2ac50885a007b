// s3client: requests about buckets, listings among them.
#include "request_parts.hpp"
#include "trait_headers.hpp"
#include "xml_documents.hpp"

namespace sluice::s3 {

namespace {

void add_query(request& to, const char* name, const std::string& value) {
    if (!value.empty()) to.query.push_back({name, value});
}

} // namespace

result<request> build_list(const list_request& what, const list_dialect& how) {
    const char* const operation = how.second_version ? "ListObjectsV2" : "ListObjects";
    auto made = start_request("GET", operation, what.bucket, nullptr);
    if (!made) return made;
    made->detail = "/" + what.prefix;
    if (how.second_version) made->query.push_back({"list-type", "2"});
    if (how.url_encoded) made->query.push_back({"encoding-type", "url"});
    made->query.push_back({"max-keys", std::to_string(what.limit)});
    add_query(*made, "prefix", what.prefix);
    add_query(*made, "delimiter", what.delimiter);
    if (how.second_version) {
        add_query(*made, "continuation-token", what.token);
        add_query(*made, "start-after", what.start_after);
    } else {
        // The first version knows one place to begin at: the key before.
        add_query(*made, "marker", what.token.empty() ? what.start_after : what.token);
    }
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_create_bucket(const std::string& bucket, const std::string& region) {
    auto made = start_request("PUT", "CreateBucket", bucket, nullptr);
    if (made) made->body = write_bucket_region(region);
    return made;
}

result<request> build_remove_bucket(const std::string& bucket) {
    return start_request("DELETE", "DeleteBucket", bucket, nullptr);
}

result<request> build_head_bucket(const std::string& bucket) {
    return start_request("HEAD", "HeadBucket", bucket, nullptr);
}

result<request> build_get_location(const std::string& bucket) {
    auto made = start_request("GET", "GetBucketLocation", bucket, nullptr);
    if (made) made->query.push_back({"location", ""});
    return made;
}

result<request> build_get_lifecycle(const std::string& bucket) {
    auto made = start_request("GET", "GetBucketLifecycleConfiguration", bucket, nullptr);
    if (made) made->query.push_back({"lifecycle", ""});
    return made;
}

} // namespace sluice::s3
