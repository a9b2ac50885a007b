// s3client: checksums to text and back.
#include "checksum_headers.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::s3 {

namespace {

struct spelling {
    checksum::kind algorithm;
    std::string_view header, name, element;
    std::size_t size;
    bool joins;
};

constexpr std::array spellings = {
    spelling{
        checksum::kind::crc64nvme,
        "x-amz-checksum-crc64nvme",
        "CRC64NVME",
        "ChecksumCRC64NVME",
        8,
        true},
    spelling{checksum::kind::crc32c, "x-amz-checksum-crc32c", "CRC32C", "ChecksumCRC32C", 4, true},
    spelling{checksum::kind::crc32, "x-amz-checksum-crc32", "CRC32", "ChecksumCRC32", 4, true},
    spelling{
        checksum::kind::sha256, "x-amz-checksum-sha256", "SHA256", "ChecksumSHA256", 32, false},
    spelling{checksum::kind::md5, "content-md5", "MD5", "ChecksumMD5", 16, false},
};

const spelling& spelled(checksum::kind algorithm) {
    const auto found =
        std::find_if(spellings.begin(), spellings.end(), [algorithm](const spelling& each) {
            return each.algorithm == algorithm;
        });
    return found == spellings.end() ? spellings.front() : *found;
}

} // namespace

std::string_view checksum_header(checksum::kind algorithm) {
    return spelled(algorithm).header;
}

std::string_view checksum_name(checksum::kind algorithm) {
    return spelled(algorithm).name;
}

std::string_view checksum_element(checksum::kind algorithm) {
    return spelled(algorithm).element;
}

bool joins(checksum::kind algorithm) {
    return spelled(algorithm).joins;
}

std::size_t checksum_size(checksum::kind algorithm) {
    return spelled(algorithm).size;
}

std::string encode_checksum(const checksum& sum) {
    const std::size_t size = checksum_size(sum.algorithm);
    std::array<std::byte, 32> bytes = sum.digest;
    std::uint64_t value = sum.value;
    for (std::size_t i = joins(sum.algorithm) ? size : 0; i-- > 0; value >>= 8)
        bytes[i] = static_cast<std::byte>(value);
    return base64(bytes_view(bytes).first(size));
}

std::optional<checksum> decode_checksum(checksum::kind algorithm, std::string_view text) {
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() != checksum_size(algorithm)) return std::nullopt;
    checksum sum;
    sum.algorithm = algorithm;
    if (!joins(algorithm)) std::copy(bytes->begin(), bytes->end(), sum.digest.begin());
    for (const std::byte each : *bytes)
        if (joins(algorithm)) sum.value = sum.value << 8 | static_cast<std::uint64_t>(each);
    return sum;
}

checksum read_checksum(const response_head& head) {
    const auto type = head.find("x-amz-checksum-type");
    if (type && *type != "FULL_OBJECT") return checksum();
    for (const auto algorithm : told_checksums) {
        const auto text = head.find(checksum_header(algorithm));
        if (!text) continue;
        if (const auto sum = decode_checksum(algorithm, *text)) return *sum;
    }
    return checksum();
}

} // namespace sluice::s3
