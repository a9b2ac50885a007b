// s3sim: what is kept of an object, a part and an open upload.
#pragma once

#include "core/blob.hpp"
#include "core/checksums.hpp"
#include "core/http_head.hpp"
#include "core/time_text.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sim {

using tag_set = std::map<std::string, std::string>;

/// Immutable once stored; a reader keeps its version while others replace it.
struct object {
    std::uint64_t size = 0;
    std::string etag;       ///< without quotes; opaque, unless a quirk makes it an MD5
    std::string version_id; ///< empty where the bucket has never kept versions
    sys_seconds modified;
    std::vector<header> headers; ///< content-type, x-amz-meta-* … as GET and HEAD return them
    tag_set tags;
    checksum_set sums;
    std::string key_md5;          ///< of the customer's key, in base64; empty: stored without one
    std::vector<blob_ptr> pieces; ///< one after the other they are the object
};

using object_ptr = std::shared_ptr<const object>;
using object_map = std::map<std::string, object_ptr>; ///< by key, in byte order

struct part {
    std::uint64_t size = 0;
    std::string etag;
    sys_seconds modified;
    checksum_set sums;
    blob_ptr data;
};

using part_ptr = std::shared_ptr<const part>;

struct upload {
    std::string key;
    std::string id;
    sys_seconds initiated;
    std::vector<header> headers; ///< of the object to come
    tag_set tags;                ///< of the object to come
    checksum_kind algorithm = checksum_kind::none;
    bool composite = false; ///< announced x-amz-checksum-type
    std::string key_md5;    ///< of the customer's key for the object to come
    std::map<unsigned, part_ptr> parts;
};

/// By key, then id: the order of ListMultipartUploads. Ids grow with time.
using upload_map = std::map<std::pair<std::string, std::string>, upload>;

} // namespace sluice::sim
