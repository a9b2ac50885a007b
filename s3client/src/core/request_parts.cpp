// s3client: the beginning and the end of each request, and the headers that several have.
#include "request_parts.hpp"

#include "checksum_headers.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

failure unsafe_request(std::string where) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = std::move(where);
    return why;
}

} // namespace

result<request> start_request(
    const char* method, const char* operation, const std::string& bucket, const std::string* key
) {
    const std::string about = key == nullptr ? bucket : bucket + "/" + *key;
    if (bucket.empty() || bucket.find('/') != std::string::npos || !is_header_safe(bucket))
        return unsafe_request(std::string(operation) + ": \"" + bucket + "\" is no bucket name");
    // An empty key would make it a request about the whole bucket.
    if (key != nullptr && key->empty())
        return unsafe_request(std::string(operation) + " " + about + ": the key is empty");
    request started;
    started.operation = operation;
    started.where = started.operation + " " + about;
    started.method = method;
    started.bucket = bucket;
    if (key != nullptr) started.key = *key;
    started.about = key == nullptr ? subject::bucket : subject::object;
    return started;
}

result<request> checked(request&& what) {
    if (auto unsafe = find_unsafe_header(what.headers)) {
        unsafe->where = what.where + ": " + unsafe->where;
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
