// s3sim: If-Match and If-None-Match, for writes and for reads.
#pragma once

#include "core/http_head.hpp"
#include "core/object.hpp"

#include <optional>
#include <string>

namespace sluice::sim {

struct conditions {
    std::string if_match;      ///< "" when absent
    std::string if_none_match; ///< "" when absent
};

conditions read_conditions(const request_head& head);

/// Whether the object at the key (nullptr: none) lets a write happen: 412 PreconditionFailed,
/// 404 NoSuchKey for If-Match without an object, 501 for If-None-Match with anything but "*".
std::optional<refusal> check_write(const conditions& given, const object* current);

/// Whether a read is answered: 412 for a failed If-Match, 304 for a matching If-None-Match.
std::optional<refusal> check_read(const conditions& given, const object& current);

/// Compares an entity tag as clients send it (quoted or not, "*") with a stored one.
bool same_etag(std::string_view sent, std::string_view stored);

} // namespace sluice::sim
