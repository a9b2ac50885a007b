// s3sim: a request that was understood, its body, and what is answered.
#pragma once

#include "core/byte_range.hpp"
#include "core/checksums.hpp"
#include "core/conditions.hpp"
#include "core/fault_rules.hpp"
#include "core/object.hpp"
#include "core/operation.hpp"
#include "core/quirks.hpp"
#include "core/signature.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::sim {

struct request {
    request_head head;
    target where;
    route to;
    payload_claim payload;
    checksum_claim sums; ///< empty when the server ignores checksums
    conditions given;    ///< empty when they are to be ignored
    quirks odd;          ///< of the store, as they were when the request came
    tag_set tags;        ///< of x-amz-tagging
    std::uint64_t length = 0;
    sys_seconds now;
};

/// Where the body of an operation goes.
enum class body_kind { none, text, blob };
body_kind body_of(operation what);

struct received {
    blob_ptr data;    ///< for body_kind::blob
    std::string text; ///< for body_kind::text
    checksum_set sums;
    std::string md5; ///< in hex, where ETags are MD5s
};

struct answer {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    object_ptr content; ///< when set, `range` of it is the body
    byte_range range;
};

} // namespace sluice::sim
