// s3sim: which S3 operation a request is, and on what.
#pragma once

#include "core/refusal.hpp"
#include "core/target.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::sim {

enum class operation {
    list_buckets = 1,
    create_bucket,
    head_bucket,
    delete_bucket,
    get_bucket_location,
    get_bucket_lifecycle,
    get_versioning,
    put_versioning,
    list_versions,
    list_objects,
    list_objects_v1,
    delete_objects,
    list_uploads,
    put_object,
    copy_object,
    get_object,
    head_object,
    delete_object,
    create_upload,
    upload_part,
    upload_part_copy,
    complete_upload,
    abort_upload,
    list_parts,
    get_tagging,
    put_tagging,
    delete_tagging,
};

/// AWS's name: "UploadPart".
std::string_view name_of(operation what);
std::optional<operation> operation_named(std::string_view name);

struct route {
    operation what = operation::list_buckets;
    std::string bucket;
    std::string key; ///< raw bytes, exactly as decoded
};

/// `host` is the Host header. With a `domain`, `BUCKET.domain` addresses a bucket by its name;
/// everything else is path style. `copies`: there is an x-amz-copy-source. An unknown query
/// parameter is refused (501), never ignored.
outcome<route> find_route(
    std::string_view method,
    const target& where,
    std::string_view host,
    std::string_view domain,
    bool copies = false
);

/// 3 to 63 of [a-z0-9.-], beginning and ending with a letter or digit.
bool valid_bucket_name(std::string_view name);

} // namespace sluice::sim
