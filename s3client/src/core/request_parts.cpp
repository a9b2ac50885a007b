// s3client: the beginning and the end of each request, and the headers that several have.
#include "request_parts.hpp"

#include "checksum_headers.hpp"

#include <sluice/s3/error.hpp>

#include <fmt/format.h>

#include <array>
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

void request::clear() {
    operation = method = std::string_view();
    bucket.clear();
    key.clear();
    detail.clear();
    query.clear();
    headers.clear();
    body.clear();
    about = subject::object;
    carries_secret = false;
}

failure unsafe_request(std::string where) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = std::move(where);
    return why;
}

result<request> start_request(
    const char* method,
    const char* operation,
    const std::string& bucket,
    const std::string* key,
    request&& room
) {
    if (bucket.empty() || bucket.find('/') != std::string::npos || !is_header_safe(bucket))
        return unsafe_request(std::string(operation) + ": \"" + bucket + "\" is no bucket name");
    // An empty key would make it a request about the whole bucket.
    if (key != nullptr && key->empty())
        return unsafe_request(std::string(operation) + " " + bucket + "/: the key is empty");
    request started = std::move(room);
    started.clear();
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
    const std::string& upload_id,
    request&& room
) {
    auto made = start_request(method, operation, bucket, &key, std::move(room));
    if (!made) return made;
    // Without an id these would be requests about the object itself: DELETE would remove it.
    if (upload_id.empty()) return unsafe_request(made->where() + ": the upload id is empty");
    made->about = subject::upload;
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

result<void> add_range(request& to, std::string_view name, const byte_range& asked) {
    const auto room = std::numeric_limits<std::uint64_t>::max() - asked.first;
    if (asked.size == 0 || asked.size > room)
        return unsafe_request(to.where() + ": a range must have at least one byte");
    std::array<char, 64> text; // two numbers of 20 digits at most
    const auto end = fmt::format_to_n(
        text.data(), text.size(), "bytes={}-{}", asked.first, asked.first + asked.size - 1
    );
    to.headers.push_back({name, {text.data(), end.size}});
    return result<void>();
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
    to.headers.push_back({checksum_header(sum.algorithm), encode_checksum(sum)});
}

void add_metadata(request& to, const metadata& meta, const std::string& content_type) {
    if (!content_type.empty()) to.headers.push_back({"content-type", content_type});
    for (const auto& [name, value] : meta)
        to.headers.push_back({"x-amz-meta-" + name, value});
}

} // namespace sluice::s3
