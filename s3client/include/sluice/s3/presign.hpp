// s3client: requests that somebody else may send for a while, as URLs.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/credentials.hpp>
#include <sluice/s3/endpoint.hpp>

#include <chrono>
#include <string>

namespace sluice::s3 {

struct presign_request {
    enum class kind { get = 1, head, put, remove, upload_part };
    kind what = kind::get;
    std::string bucket, key;
    std::string version_id;   ///< of get, head and remove
    std::string upload_id;    ///< of upload_part
    unsigned part_number = 1; ///< of upload_part
    std::string content_type; ///< of put: whoever sends it must send this header
    std::chrono::seconds valid{3600};
};

/// The URL; it is as good as the credentials for this one request, until `now` + `valid`. Whoever
/// has session credentials: it dies with them. Pure.
/// Errors: unsafe_input (bucket, key, validity of more than seven days).
result<std::string> presign(
    const presign_request& what,
    const endpoint& where,
    const credentials& who,
    std::chrono::sys_seconds now
);

} // namespace sluice::s3
