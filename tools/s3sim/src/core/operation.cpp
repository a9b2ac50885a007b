// s3sim: the table of operations.
#include "core/operation.hpp"

#include <algorithm>
#include <array>

namespace sluice::sim {

namespace route_detail {

enum class scope { service, bucket, key };

struct row {
    operation what;
    std::string_view name;
    std::string_view method;
    scope on;
    std::string_view selector; ///< query parameter that must be there; "" for the plain request
    std::string_view others;   ///< further parameters, each between blanks
    bool copies = false;       ///< with x-amz-copy-source, and only then
};

// Rows with a selector stand before the plain row of their method and scope.
constexpr std::array rows = {
    row{operation::list_buckets, "ListBuckets", "GET", scope::service, "", " "},
    row{operation::put_versioning, "PutBucketVersioning", "PUT", scope::bucket, "versioning", " "},
    row{operation::create_bucket, "CreateBucket", "PUT", scope::bucket, "", " "},
    row{operation::head_bucket, "HeadBucket", "HEAD", scope::bucket, "", " "},
    row{operation::delete_bucket, "DeleteBucket", "DELETE", scope::bucket, "", " "},
    row{operation::get_bucket_location, "GetBucketLocation", "GET", scope::bucket, "location", " "},
    row{operation::get_bucket_lifecycle,
        "GetBucketLifecycleConfiguration",
        "GET",
        scope::bucket,
        "lifecycle",
        " "},
    row{operation::get_versioning, "GetBucketVersioning", "GET", scope::bucket, "versioning", " "},
    row{operation::list_versions,
        "ListObjectVersions",
        "GET",
        scope::bucket,
        "versions",
        " prefix delimiter key-marker version-id-marker max-keys encoding-type "},
    row{operation::list_objects,
        "ListObjectsV2",
        "GET",
        scope::bucket,
        "list-type",
        " prefix delimiter start-after continuation-token max-keys encoding-type fetch-owner "},
    row{operation::delete_objects, "DeleteObjects", "POST", scope::bucket, "delete", " "},
    row{operation::list_uploads,
        "ListMultipartUploads",
        "GET",
        scope::bucket,
        "uploads",
        " prefix key-marker upload-id-marker max-uploads encoding-type "},
    row{operation::list_objects_v1,
        "ListObjects",
        "GET",
        scope::bucket,
        "",
        " prefix delimiter marker max-keys encoding-type "},
    row{operation::upload_part_copy,
        "UploadPartCopy",
        "PUT",
        scope::key,
        "partNumber",
        " uploadId ",
        true},
    row{operation::copy_object, "CopyObject", "PUT", scope::key, "", " ", true},
    row{operation::upload_part, "UploadPart", "PUT", scope::key, "partNumber", " uploadId "},
    row{operation::put_tagging, "PutObjectTagging", "PUT", scope::key, "tagging", " "},
    row{operation::get_tagging, "GetObjectTagging", "GET", scope::key, "tagging", " "},
    row{operation::delete_tagging, "DeleteObjectTagging", "DELETE", scope::key, "tagging", " "},
    row{operation::put_object, "PutObject", "PUT", scope::key, "", " "},
    row{operation::list_parts,
        "ListParts",
        "GET",
        scope::key,
        "uploadId",
        " max-parts part-number-marker "},
    row{operation::get_object, "GetObject", "GET", scope::key, "", " versionId "},
    row{operation::head_object, "HeadObject", "HEAD", scope::key, "", " versionId "},
    row{operation::abort_upload, "AbortMultipartUpload", "DELETE", scope::key, "uploadId", " "},
    row{operation::delete_object, "DeleteObject", "DELETE", scope::key, "", " versionId "},
    row{operation::create_upload, "CreateMultipartUpload", "POST", scope::key, "uploads", " "},
    row{operation::complete_upload, "CompleteMultipartUpload", "POST", scope::key, "uploadId", " "},
};

/// What presigned requests have in their query; looked at where signatures are.
constexpr std::string_view presigning =
    " X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders "
    "X-Amz-Security-Token X-Amz-Signature ";

/// The first parameter that this row does not know, or nullptr.
const std::string* stranger(const row& one, const target& where) {
    for (const auto& given : where.query) {
        const bool known = given.name == one.selector || given.name == "x-id" ||
                           presigning.find(' ' + given.name + ' ') != presigning.npos ||
                           one.others.find(' ' + given.name + ' ') != one.others.npos;
        if (!known) return &given.name;
    }
    return nullptr;
}

std::string_view without_port(std::string_view host) {
    return host.substr(0, host.rfind(':'));
}

/// The bucket that a virtual-host style Host names, or "".
std::string_view bucket_of_host(std::string_view host, std::string_view domain) {
    const auto name = without_port(host);
    if (domain.empty() || name.size() <= domain.size() + 1 || !name.ends_with(domain)) return {};
    const auto bucket = name.substr(0, name.size() - domain.size());
    return bucket.ends_with('.') ? bucket.substr(0, bucket.size() - 1) : std::string_view();
}

} // namespace route_detail

std::string_view name_of(operation what) {
    for (const auto& one : route_detail::rows) {
        if (one.what == what) return one.name;
    }
    return "Unknown";
}

std::optional<operation> operation_named(std::string_view name) {
    for (const auto& one : route_detail::rows) {
        if (one.name == name) return one.what;
    }
    return std::nullopt;
}

outcome<route> find_route(
    std::string_view method,
    const target& where,
    std::string_view host,
    std::string_view domain,
    bool copies
) {
    using namespace route_detail;
    route out;
    auto path = std::string_view(where.path).substr(1);
    if (const auto named = bucket_of_host(host, domain); !named.empty()) {
        out.bucket = std::string(named);
        out.key = std::string(path);
    } else {
        const auto slash = std::min(path.find('/'), path.size());
        out.bucket = std::string(path.substr(0, slash));
        out.key = std::string(path.substr(std::min(slash + 1, path.size())));
    }
    if (out.key.size() > 1024) return refuse(400, "KeyTooLongError", "Your key is too long");
    const auto on = !out.key.empty()      ? scope::key
                    : !out.bucket.empty() ? scope::bucket
                                          : scope::service;
    const std::string* unknown = nullptr;
    for (const auto& one : rows) {
        if (one.method != method || one.on != on || one.copies != copies) continue;
        if (!one.selector.empty() && !where.find(one.selector)) continue;
        unknown = stranger(one, where);
        if (unknown) continue;
        out.what = one.what;
        return out;
    }
    if (unknown) {
        return refuse(
            501, "NotImplemented", "query parameter '" + *unknown + "' is not implemented here"
        );
    }
    return refuse(
        405, "MethodNotAllowed", "The specified method is not allowed against this resource."
    );
}

bool valid_bucket_name(std::string_view name) {
    const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const auto allowed = [&word](char c) { return word(c) || c == '.' || c == '-'; };
    return name.size() >= 3 && name.size() <= 63 && word(name.front()) && word(name.back()) &&
           std::all_of(name.begin(), name.end(), allowed) && name.find("..") == name.npos;
}

} // namespace sluice::sim
