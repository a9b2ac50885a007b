// s3client: the two checksums that we speak, to text and back.
#include "checksum_headers.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

namespace sluice::s3 {

std::string_view checksum_header(checksum::kind algorithm) {
    return algorithm == checksum::kind::crc32c ? "x-amz-checksum-crc32c"
                                               : "x-amz-checksum-crc64nvme";
}

std::string_view checksum_name(checksum::kind algorithm) {
    return algorithm == checksum::kind::crc32c ? "CRC32C" : "CRC64NVME";
}

std::string_view checksum_element(checksum::kind algorithm) {
    return algorithm == checksum::kind::crc32c ? "ChecksumCRC32C" : "ChecksumCRC64NVME";
}

std::string encode_checksum(const checksum& sum) {
    if (sum.algorithm == checksum::kind::crc32c)
        return crc32_base64(static_cast<std::uint32_t>(sum.value));
    return crc64_base64(sum.value);
}

std::optional<checksum> decode_checksum(checksum::kind algorithm, std::string_view text) {
    const auto bytes = from_base64(text);
    const std::size_t size = algorithm == checksum::kind::crc32c ? 4 : 8;
    if (!bytes || bytes->size() != size) return std::nullopt;
    checksum sum;
    sum.algorithm = algorithm;
    for (const std::byte each : *bytes)
        sum.value = sum.value << 8 | static_cast<std::uint64_t>(each);
    return sum;
}

checksum read_checksum(const response_head& head) {
    const std::string* type = head.find("x-amz-checksum-type");
    if (type != nullptr && *type != "FULL_OBJECT") return checksum();
    for (const auto algorithm : {checksum::kind::crc64nvme, checksum::kind::crc32c}) {
        const std::string* text = head.find(checksum_header(algorithm));
        if (text == nullptr) continue;
        if (const auto sum = decode_checksum(algorithm, *text)) return *sum;
    }
    return checksum();
}

} // namespace sluice::s3
