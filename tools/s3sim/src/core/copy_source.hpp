// s3sim: where a copy comes from.
#pragma once

#include "core/byte_range.hpp"
#include "core/conditions.hpp"

#include <optional>
#include <string>

namespace sluice::sim {

struct copy_source {
    std::string bucket, key;
    std::string version; ///< empty: the current one
    conditions given;    ///< of the x-amz-copy-source-if-… headers
};

/// x-amz-copy-source: "/bucket/key" or "bucket/key", percent-encoded once. Refuses what is none
/// (400 InvalidArgument).
outcome<copy_source> read_copy_source(const request_head& head);
/// x-amz-copy-source-range within an object of that size; the whole of it when absent. S3 takes
/// "bytes=first-last" only, and refuses what lies outside (400 InvalidArgument).
outcome<byte_range> read_copy_range(const request_head& head, std::uint64_t size);

enum class directive { copy = 1, replace };
/// COPY when absent; 400 InvalidArgument for any other word.
outcome<directive> read_directive(const request_head& head, std::string_view name);

} // namespace sluice::sim
