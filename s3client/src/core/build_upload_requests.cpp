// s3client: requests about multipart uploads.
#include "checksum_headers.hpp"
#include "request_parts.hpp"
#include "xml_documents.hpp"

#include <sluice/s3/error.hpp>

namespace sluice::s3 {

namespace {

result<request> start_upload_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string& key,
    const std::string& upload_id
) {
    auto made = start_request(method, operation, bucket, &key);
    if (!made) return made;
    // Without an id these would be requests about the object itself: DELETE would remove it.
    if (upload_id.empty()) {
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = made->where + ": the upload id is empty";
        return why;
    }
    made->about = subject::upload;
    made->query.push_back({"uploadId", upload_id});
    return made;
}

constexpr const char* full_object = "FULL_OBJECT";

} // namespace

result<request> build_create_upload(const create_upload_request& what, bool checksums) {
    auto made = start_request("POST", "CreateMultipartUpload", what.bucket, &what.key);
    if (!made) return made;
    made->query.push_back({"uploads", ""});
    add_metadata(*made, what.meta, what.content_type);
    if (checksums && what.algorithm != checksum::kind::none) {
        made->headers.push_back(
            {"x-amz-checksum-algorithm", std::string(checksum_name(what.algorithm))}
        );
        made->headers.push_back({"x-amz-checksum-type", full_object});
    }
    return checked(std::move(*made));
}

result<request> build_upload_part(const upload_part_request& what, bool checksums) {
    auto made = start_upload_request("PUT", "UploadPart", what.bucket, what.key, what.upload_id);
    if (!made) return made;
    made->where += " part " + std::to_string(what.number);
    if (what.number == 0 || what.number > 10'000) {
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = made->where + ": parts are numbered from 1 to 10,000";
        return why;
    }
    made->query.push_back({"partNumber", std::to_string(what.number)});
    add_checksum(*made, what.sum, checksums);
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
        why.where = made->where + ": " + why.where;
        return why;
    }
    made->body = std::move(*body);
    made->headers.push_back({"content-type", "application/xml"});
    add_checksum(*made, what.sum, checksums);
    if (checksums && what.sum.algorithm != checksum::kind::none)
        made->headers.push_back({"x-amz-checksum-type", full_object});
    if (what.if_none_match) made->headers.push_back({"if-none-match", "*"});
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
    made->where += "/" + what.prefix;
    made->query.push_back({"uploads", ""});
    made->query.push_back({"encoding-type", "url"});
    made->query.push_back({"max-uploads", "1000"});
    if (!what.prefix.empty()) made->query.push_back({"prefix", what.prefix});
    if (!from.key.empty()) made->query.push_back({"key-marker", from.key});
    if (!from.upload.empty()) made->query.push_back({"upload-id-marker", from.upload});
    return checked(std::move(*made));
}

} // namespace sluice::s3
