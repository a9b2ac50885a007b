// s3client: requests that remove objects, and those about tags.
#include "request_parts.hpp"
#include "trait_headers.hpp"
#include "xml_documents.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

namespace sluice::s3 {

namespace {

/// Our XML, and the MD5 that S3 demands of such bodies.
void add_document(request& to, std::string text) {
    to.body = std::move(text);
    const auto digest = md5(as_bytes(to.body));
    to.headers.push_back({"content-type", "application/xml"});
    to.headers.push_back({"content-md5", base64(digest)});
}

result<request> start_tag_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string& key,
    const std::string& version_id
) {
    auto made = start_request(method, operation, bucket, &key);
    if (!made) return made;
    made->query.push_back({"tagging", ""});
    add_version(*made, version_id);
    return made;
}

} // namespace

result<request> build_remove(const remove_request& what) {
    auto made = start_request("DELETE", "DeleteObject", what.bucket, &what.key);
    if (!made) return made;
    add_version(*made, what.version_id);
    if (!what.if_match.empty()) made->headers.push_back({"if-match", what.if_match});
    if (what.bypass_governance)
        made->headers.push_back({"x-amz-bypass-governance-retention", "true"});
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_remove_many(const remove_many_request& what) {
    auto made = start_request("POST", "DeleteObjects", what.bucket, nullptr);
    if (!made) return made;
    if (what.objects.empty() || what.objects.size() > 1000)
        return unsafe_request(made->where() + ": 1 to 1,000 objects are removed at once");
    made->query.push_back({"delete", ""});
    auto body = write_removals(what.objects);
    if (!body) {
        failure why = body.error();
        why.where = made->where() + ": " + why.where;
        return why;
    }
    add_document(*made, std::move(*body));
    if (what.bypass_governance)
        made->headers.push_back({"x-amz-bypass-governance-retention", "true"});
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request>
build_get_tags(const std::string& bucket, const std::string& key, const std::string& version_id) {
    return start_tag_request("GET", "GetObjectTagging", bucket, key, version_id);
}

result<request> build_put_tags(
    const std::string& bucket,
    const std::string& key,
    const std::string& version_id,
    const tag_map& tags
) {
    auto made = start_tag_request("PUT", "PutObjectTagging", bucket, key, version_id);
    if (!made) return made;
    auto body = write_tags(tags);
    if (!body) {
        failure why = body.error();
        why.where = made->where() + ": " + why.where;
        return why;
    }
    add_document(*made, std::move(*body));
    return checked(std::move(*made));
}

result<request> build_remove_tags(
    const std::string& bucket, const std::string& key, const std::string& version_id
) {
    return start_tag_request("DELETE", "DeleteObjectTagging", bucket, key, version_id);
}

} // namespace sluice::s3
