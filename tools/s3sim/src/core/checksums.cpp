// s3sim: reads and writes checksums.
#include "core/checksums.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

namespace sluice::sim {

std::string_view name_of(checksum_kind kind) {
    switch (kind) {
    case checksum_kind::crc64nvme:
        return "CRC64NVME";
    case checksum_kind::crc32c:
        return "CRC32C";
    case checksum_kind::crc32:
        return "CRC32";
    case checksum_kind::sha256:
        return "SHA256";
    default:
        return "";
    }
}

std::string_view header_of(checksum_kind kind) {
    switch (kind) {
    case checksum_kind::crc64nvme:
        return "x-amz-checksum-crc64nvme";
    case checksum_kind::crc32c:
        return "x-amz-checksum-crc32c";
    case checksum_kind::crc32:
        return "x-amz-checksum-crc32";
    case checksum_kind::sha256:
        return "x-amz-checksum-sha256";
    default:
        return "";
    }
}

checksum_kind kind_of_header(std::string_view name) {
    for (const auto kind : checksum_kinds) {
        if (name == header_of(kind)) return kind;
    }
    return checksum_kind::none;
}

bool is_crc(checksum_kind kind) {
    return kind != checksum_kind::none && kind != checksum_kind::sha256;
}

std::optional<std::uint64_t> crc_of(const checksum_set& sums, checksum_kind kind) {
    if (kind == checksum_kind::crc64nvme) return sums.crc64nvme;
    if (kind == checksum_kind::crc32c && sums.crc32c) return *sums.crc32c;
    if (kind == checksum_kind::crc32 && sums.crc32) return *sums.crc32;
    return std::nullopt;
}

void set_crc(checksum_set& sums, checksum_kind kind, std::uint64_t value) {
    if (kind == checksum_kind::crc64nvme) sums.crc64nvme = value;
    if (kind == checksum_kind::crc32c) sums.crc32c = static_cast<std::uint32_t>(value);
    if (kind == checksum_kind::crc32) sums.crc32 = static_cast<std::uint32_t>(value);
}

std::string value_of(const checksum_set& sums) {
    if (!sums.composite.empty()) return sums.composite;
    if (sums.told == checksum_kind::sha256) return sums.sha256;
    const auto crc = crc_of(sums, sums.told);
    if (!crc) return {};
    if (sums.told == checksum_kind::crc64nvme) return crc64_base64(*crc);
    return crc32_base64(static_cast<std::uint32_t>(*crc));
}

std::string_view type_of(const checksum_set& sums) {
    return sums.composite.empty() ? "FULL_OBJECT" : "COMPOSITE";
}

std::optional<std::uint64_t> parse_checksum(checksum_kind kind, std::string_view base64) {
    const auto bytes = from_base64(base64);
    const std::size_t width = kind == checksum_kind::sha256      ? 32
                              : kind == checksum_kind::crc64nvme ? 8
                                                                 : 4;
    if (!bytes || bytes->size() != width) return std::nullopt;
    if (kind == checksum_kind::sha256) return 0;
    std::uint64_t value = 0;
    for (const auto byte : *bytes)
        value = value << 8 | static_cast<std::uint64_t>(byte);
    return value;
}

namespace checksum_detail {

refusal two_checksums() {
    return refuse(
        400,
        "InvalidRequest",
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    );
}

} // namespace checksum_detail

using checksum_detail::two_checksums;

outcome<checksum_claim> read_checksums(const request_head& head, bool md5_only) {
    checksum_claim claim;
    if (const auto* text = head.find("content-md5")) {
        claim.md5 = from_base64(*text);
        if (!claim.md5 || claim.md5->size() != 16) {
            return refuse(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
        }
    }
    if (md5_only) return claim;
    for (const auto& one : head.headers) {
        if (!one.name.starts_with("x-amz-checksum-")) continue;
        if (one.name == "x-amz-checksum-mode" || one.name == "x-amz-checksum-type") continue;
        if (one.name == "x-amz-checksum-algorithm") continue;
        const auto kind = kind_of_header(one.name);
        if (kind == checksum_kind::none) {
            return refuse(501, "NotImplemented", "header " + one.name + " is not implemented here");
        }
        if (claim.kind != checksum_kind::none) return two_checksums();
        const auto value = parse_checksum(kind, one.value);
        if (!value)
            return refuse(400, "InvalidRequest", "Value for " + one.name + " header is invalid.");
        claim.kind = kind;
        claim.value = *value;
        claim.text = one.value;
    }
    if (const auto* trailer = head.find("x-amz-trailer")) {
        if (claim.kind != checksum_kind::none) return two_checksums();
        claim.kind = kind_of_header(*trailer);
        claim.behind_body = true;
        if (claim.kind == checksum_kind::none)
            return refuse(
                501, "NotImplemented", "trailer " + *trailer + " is not implemented here"
            );
    }
    return claim;
}

bool take_trailer(checksum_claim& claim, const std::string& value) {
    const auto parsed = parse_checksum(claim.kind, value);
    if (!parsed) return false;
    claim.value = *parsed;
    claim.text = value;
    return true;
}

outcome<checksum_kind> read_algorithm(const request_head& head) {
    const auto* text = head.find("x-amz-checksum-algorithm");
    if (!text) return checksum_kind::none;
    for (const auto kind : checksum_kinds) {
        if (*text == name_of(kind)) return kind;
    }
    return refuse(
        501, "NotImplemented", "checksum algorithm " + *text + " is not implemented here"
    );
}

} // namespace sluice::sim
