// s3client: what the builders of requests share.
#pragma once

#include "request_builder.hpp"

namespace sluice::s3 {

/// A request about an object, or about a bucket when `key` is null.
result<request> start_request(
    const char* method, const char* operation, const std::string& bucket, const std::string* key
);
/// The last step of every builder: refuses what must not enter a head.
result<request> checked(request&& what);

void add_checksum(request& to, const checksum& sum, bool wanted);
void add_metadata(request& to, const metadata& meta, const std::string& content_type);

} // namespace sluice::s3
