// s3sim: which request headers are kept with an object, ignored, or refused.
#pragma once

#include "core/http_head.hpp"

#include <optional>
#include <vector>

namespace sluice::sim {

/// The headers that GET and HEAD give back: content-type and its kind, x-amz-meta-*,
/// x-amz-storage-class. Repeated metadata is joined by a comma. Of Content-Encoding, aws-chunked is
/// how the request travels and is not kept.
std::vector<header> stored_headers(const request_head& head);

/// 501 for x-amz-* headers that this server does not know, 400 for more than 2 KiB of metadata:
/// a misspelt header is an error here, where real stores would ignore it.
std::optional<refusal> check_headers(const request_head& head);

} // namespace sluice::sim
