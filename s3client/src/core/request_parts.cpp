// s3client: the beginning and the end of each request, and the headers that several have.
#include "request_parts.hpp"

#include "checksum_headers.hpp"

#include <sluice/s3/error.hpp>

#include <limits>
#include <utility>

namespace sluice::s3 {

std::string request::where() const {
    std::string text;
    text.reserve(operation.size() + bucket.size() + key.size() + detail.size() + 2);
    text.append(operation).append(" ").append(bucket);
    if (!key.empty()) text.append("/").append(key);
    text.append(detail);
    return text;
}

failure unsafe_request(std::string where) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = std::move(where);
    return why;
}

result<request> start_request(
    const char* method, const char* operation, const std::string& bucket, const std::string* key
) {
    if (bucket.empty() || bucket.find('/') != std::string::npos || !is_header_safe(bucket))
        return unsafe_request(std::string(operation) + ": \"" + bucket + "\" is no bucket name");
    // An empty key would make it a request about the whole bucket.
    if (key != nullptr && key->empty())
        return unsafe_request(std::string(operation) + " " + bucket + "/: the key is empty");
    request started;
    started.operation = operation;
    started.method = method;
    started.bucket = bucket;
    if (key != nullptr) started.key = *key;
    started.about = key == nullptr ? subject::bucket : subject::object;
    return started;
}

result<request> start_upload_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string& key,
    const std::string& upload_id
) {
    auto made = start_request(method, operation, bucket, &key);
    if (!made) return made;
    // Without an id these would be requests about the object itself: DELETE would remove it.
    if (upload_id.empty()) return unsafe_request(made->where() + ": the upload id is empty");
    made->about = subject::upload;
    made->query.reserve(2); // often with a part number
    made->query.push_back({"uploadId", upload_id});
    return made;
}

result<void> add_part_number(request& to, unsigned number) {
    to.detail = " part " + std::to_string(number);
    if (number == 0 || number > 10'000)
        return unsafe_request(to.where() + ": parts are numbered from 1 to 10,000");
    to.query.push_back({"partNumber", std::to_string(number)});
    return result<void>();
}

result<std::string> range_text(const request& of, const byte_range& asked) {
    const auto room = std::numeric_limits<std::uint64_t>::max() - asked.first;
    if (asked.size == 0 || asked.size > room)
        return unsafe_request(of.where() + ": a range must have at least one byte");
    return "bytes=" + std::to_string(asked.first) + "-" +
           std::to_string(asked.first + asked.size - 1);
}

result<request> checked(request&& what) {
    if (auto unsafe = find_unsafe_header(what.headers)) {
        unsafe->where = what.where() + ": " + unsafe->where;
        return *unsafe;
    }
    return std::move(what);
}

void add_checksum(request& to, const checksum& sum, bool wanted) {
    if (!wanted || sum.algorithm == checksum::kind::none) return;
    to.headers.push_back({std::string(checksum_header(sum.algorithm)), encode_checksum(sum)});
}

void add_metadata(request& to, const metadata& meta, const std::string& content_type) {
    if (!content_type.empty()) to.headers.push_back({"content-type", content_type});
    for (const auto& [name, value] : meta)
        to.headers.push_back({"x-amz-meta-" + name, value});
}

} // namespace sluice::s3
