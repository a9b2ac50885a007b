// s3client: requests about multipart uploads.
#include "checksum_headers.hpp"
#include "request_parts.hpp"
#include "trait_headers.hpp"
#include "xml_documents.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr const char* full_object = "FULL_OBJECT";

bool is_stored(checksum::kind algorithm) {
    return algorithm != checksum::kind::none && algorithm != checksum::kind::md5;
}

} // namespace

result<request> build_create_upload(const create_upload_request& what, bool checksums) {
    auto made = start_request("POST", "CreateMultipartUpload", what.bucket, &what.key);
    if (!made) return made;
    made->query.push_back({"uploads", ""});
    add_metadata(*made, what.meta, what.content_type);
    add_traits(*made, what.traits);
    if (checksums && is_stored(what.algorithm)) {
        made->headers.push_back(
            {"x-amz-checksum-algorithm", std::string(checksum_name(what.algorithm))}
        );
        const bool whole = what.full_object && joins(what.algorithm);
        made->headers.push_back({"x-amz-checksum-type", whole ? full_object : "COMPOSITE"});
    }
    if (auto safe = add_customer_key(*made, what.secret); !safe) return safe.error();
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_upload_part(const upload_part_request& what, bool checksums, request&& room) {
    auto made = start_upload_request(
        "PUT", "UploadPart", what.bucket, what.key, what.upload_id, std::move(room)
    );
    if (!made) return made;
    if (auto known = add_part_number(*made, what.number); !known) return known.error();
    add_checksum(*made, what.sum, checksums);
    if (auto safe = add_customer_key(*made, what.secret); !safe) return safe.error();
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_complete_upload(const complete_upload_request& what, bool checksums) {
    auto made = start_upload_request(
        "POST", "CompleteMultipartUpload", what.bucket, what.key, what.upload_id
    );
    if (!made) return made;
    auto body = write_completion(what.parts, checksums);
    if (!body) {
        failure why = body.error();
        why.where = made->where() + ": " + why.where;
        return why;
    }
    made->body = std::move(*body);
    made->headers.push_back({"content-type", "application/xml"});
    // A checksum of the whole object; MD5 and SHA-256 of a whole cannot be joined from parts.
    if (checksums && joins(what.sum.algorithm) && is_stored(what.sum.algorithm)) {
        add_checksum(*made, what.sum, checksums);
        made->headers.push_back({"x-amz-checksum-type", full_object});
    }
    if (what.if_none_match) made->headers.push_back({"if-none-match", "*"});
    if (!what.if_match.empty()) made->headers.push_back({"if-match", what.if_match});
    add_terms(*made, what.terms);
    return checked(std::move(*made));
}

result<request> build_abort_upload(
    const std::string& bucket, const std::string& key, const std::string& upload_id
) {
    return start_upload_request("DELETE", "AbortMultipartUpload", bucket, key, upload_id);
}

result<request> build_list_parts(const list_parts_request& what, const page_marker& from) {
    auto made = start_upload_request("GET", "ListParts", what.bucket, what.key, what.upload_id);
    if (!made) return made;
    made->query.push_back({"max-parts", "1000"});
    if (!from.key.empty()) made->query.push_back({"part-number-marker", from.key});
    return checked(std::move(*made));
}

result<request> build_list_uploads(const list_uploads_request& what, const page_marker& from) {
    auto made = start_request("GET", "ListMultipartUploads", what.bucket, nullptr);
    if (!made) return made;
    made->detail = "/" + what.prefix;
    made->query.push_back({"uploads", ""});
    made->query.push_back({"encoding-type", "url"});
    made->query.push_back({"max-uploads", "1000"});
    if (!what.prefix.empty()) made->query.push_back({"prefix", what.prefix});
    if (!from.key.empty()) made->query.push_back({"key-marker", from.key});
    if (!from.upload.empty()) made->query.push_back({"upload-id-marker", from.upload});
    return checked(std::move(*made));
}

} // namespace sluice::s3
