// s3sim: SSE-C as its headers have it.
#include "core/customer_keys.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>
#include <array>

namespace sluice::sim {

namespace key_detail {

constexpr std::string_view object_prefix = "x-amz-server-side-encryption-customer-";
constexpr std::string_view source_prefix = "x-amz-copy-source-server-side-encryption-customer-";
constexpr std::array<std::string_view, 3> parts = {"algorithm", "key", "key-md5"};
constexpr std::size_t key_bytes = 32;

refusal bad_key(std::string message) {
    return refuse(400, "InvalidArgument", std::move(message));
}

} // namespace key_detail

using namespace key_detail;

bool is_key_header(std::string_view name) {
    for (const std::string_view prefix : {object_prefix, source_prefix}) {
        if (!name.starts_with(prefix)) continue;
        return std::find(parts.begin(), parts.end(), name.substr(prefix.size())) != parts.end();
    }
    return false;
}

outcome<std::string> read_customer_key(const request_head& head, key_of whose) {
    const std::string prefix(whose == key_of::object ? object_prefix : source_prefix);
    const auto* algorithm = head.find(prefix + "algorithm");
    const auto* key = head.find(prefix + "key");
    const auto* told = head.find(prefix + "key-md5");
    if (!algorithm && !key && !told) return std::string();
    if (!algorithm || !key || !told)
        return bad_key(
            "Requests specifying Server Side Encryption with Customer provided keys must provide "
            "the algorithm, the secret key and its MD5."
        );
    if (*algorithm != "AES256")
        return refuse(
            400,
            "InvalidEncryptionAlgorithmError",
            "The encryption request you specified is not valid. The valid value is AES256."
        );
    const auto bytes = from_base64(*key);
    if (!bytes || bytes->size() != key_bytes)
        return bad_key("The secret key was invalid for the specified algorithm.");
    const std::string found = base64(md5(*bytes));
    if (found != *told)
        return bad_key(
            "The calculated MD5 hash of the key did not match the hash that was provided."
        );
    return found;
}

std::optional<refusal> check_customer_key(const std::string& given, const std::string& kept) {
    if (given == kept) return std::nullopt;
    if (given.empty())
        return refuse(
            400,
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. The correct parameters "
            "must be provided to retrieve the object."
        );
    if (kept.empty())
        return refuse(
            400, "InvalidRequest", "The encryption parameters are not applicable to this object."
        );
    return refuse(403, "AccessDenied", "Access Denied");
}

std::optional<refusal> check_part_key(const std::string& given, const std::string& kept) {
    if (given == kept) return std::nullopt;
    if (given.empty())
        return refuse(
            400,
            "InvalidRequest",
            "The multipart upload initiate requested encryption. Subsequent part requests must "
            "include the appropriate encryption parameters."
        );
    return refuse(
        400,
        "InvalidRequest",
        "The provided encryption parameters did not match the ones used originally."
    );
}

void tell_customer_key(
    const std::string& kept, std::vector<std::pair<std::string, std::string>>& headers
) {
    if (kept.empty()) return;
    headers.emplace_back(std::string(object_prefix) + "algorithm", "AES256");
    headers.emplace_back(std::string(object_prefix) + "key-MD5", kept);
}

} // namespace sluice::sim
