// s3sim: reads and writes checksums.
#include "core/checksums.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

namespace sluice::sim {

std::string_view name_of(checksum_kind kind) {
    if (kind == checksum_kind::crc64nvme) return "CRC64NVME";
    return kind == checksum_kind::crc32c ? "CRC32C" : "";
}

std::string_view header_of(checksum_kind kind) {
    if (kind == checksum_kind::crc64nvme) return "x-amz-checksum-crc64nvme";
    return kind == checksum_kind::crc32c ? "x-amz-checksum-crc32c" : "";
}

std::string value_of(const checksum_set& sums) {
    if (!sums.composite.empty()) return sums.composite;
    if (sums.told == checksum_kind::crc64nvme && sums.crc64nvme)
        return crc64_base64(*sums.crc64nvme);
    if (sums.told == checksum_kind::crc32c && sums.crc32c) return crc32_base64(*sums.crc32c);
    return {};
}

std::string_view type_of(const checksum_set& sums) {
    return sums.composite.empty() ? "FULL_OBJECT" : "COMPOSITE";
}

std::optional<std::uint64_t> parse_checksum(checksum_kind kind, std::string_view base64) {
    const auto bytes = from_base64(base64);
    const std::size_t width = kind == checksum_kind::crc64nvme ? 8 : 4;
    if (!bytes || bytes->size() != width) return std::nullopt;
    std::uint64_t value = 0;
    for (const auto byte : *bytes)
        value = value << 8 | static_cast<std::uint64_t>(byte);
    return value;
}

outcome<checksum_claim> read_checksums(const request_head& head) {
    checksum_claim claim;
    if (const auto* text = head.find("content-md5")) {
        claim.md5 = from_base64(*text);
        if (!claim.md5 || claim.md5->size() != 16) {
            return refuse(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
        }
    }
    for (const auto& one : head.headers) {
        if (!one.name.starts_with("x-amz-checksum-")) continue;
        if (one.name == "x-amz-checksum-mode" || one.name == "x-amz-checksum-type") continue;
        if (one.name == "x-amz-checksum-algorithm") continue;
        auto kind = checksum_kind::none;
        if (one.name == header_of(checksum_kind::crc64nvme)) kind = checksum_kind::crc64nvme;
        if (one.name == header_of(checksum_kind::crc32c)) kind = checksum_kind::crc32c;
        if (kind == checksum_kind::none) {
            return refuse(501, "NotImplemented", "header " + one.name + " is not implemented here");
        }
        if (claim.kind != checksum_kind::none) {
            return refuse(
                400,
                "InvalidRequest",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                "allowed."
            );
        }
        const auto value = parse_checksum(kind, one.value);
        if (!value)
            return refuse(400, "InvalidRequest", "Value for " + one.name + " header is invalid.");
        claim.kind = kind;
        claim.value = *value;
        claim.text = one.value;
    }
    return claim;
}

outcome<checksum_kind> read_algorithm(const request_head& head) {
    const auto* text = head.find("x-amz-checksum-algorithm");
    if (!text) return checksum_kind::none;
    for (const auto kind : {checksum_kind::crc64nvme, checksum_kind::crc32c}) {
        if (*text == name_of(kind)) return kind;
    }
    return refuse(
        501, "NotImplemented", "checksum algorithm " + *text + " is not implemented here"
    );
}

} // namespace sluice::sim
