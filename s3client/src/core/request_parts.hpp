// s3client: what the builders of requests share.
#pragma once

#include "request_builder.hpp"

namespace sluice::s3 {

/// A request about an object, or about a bucket when `key` is null.
result<request> start_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string* key,
    request&& room = request()
);
/// A request about an upload of an object.
result<request> start_upload_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string& key,
    const std::string& upload_id,
    request&& room = request()
);
/// Errors: unsafe_input for a number that no part can have.
result<void> add_part_number(request& to, unsigned number);
/// A header of `name` that says "bytes=0-9". Errors: unsafe_input for a range without bytes or
/// beyond what can be counted.
result<void> add_range(request& to, std::string_view name, const byte_range& asked);
failure unsafe_request(std::string where);
/// The last step of every builder: refuses what must not enter a head.
result<request> checked(request&& what);

void add_checksum(request& to, const checksum& sum, bool wanted);
void add_metadata(request& to, const metadata& meta, const std::string& content_type);

} // namespace sluice::s3
