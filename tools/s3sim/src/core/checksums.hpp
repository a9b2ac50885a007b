// s3sim: the checksums that requests carry and objects keep.
#pragma once

#include "core/http_head.hpp"
#include "core/refusal.hpp"

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sim {

enum class checksum_kind { none = 0, crc64nvme, crc32c };

/// "CRC64NVME", "CRC32C" or "".
std::string_view name_of(checksum_kind kind);
/// "x-amz-checksum-crc64nvme" or "x-amz-checksum-crc32c".
std::string_view header_of(checksum_kind kind);

/// What is known about some bytes. At most one is told to clients: `told`.
struct checksum_set {
    checksum_kind told = checksum_kind::none;
    std::optional<std::uint64_t> crc64nvme;
    std::optional<std::uint32_t> crc32c;
    std::string composite; ///< checksum of checksums with its "-N"; empty for a full-object one
};

/// The value as headers and XML carry it; "" when `told` is none.
std::string value_of(const checksum_set& sums);
/// "FULL_OBJECT" or "COMPOSITE".
std::string_view type_of(const checksum_set& sums);

/// What a request says that its body (or the completed object) has.
struct checksum_claim {
    checksum_kind kind = checksum_kind::none;
    std::uint64_t value = 0;
    std::string text;               ///< as sent
    std::optional<byte_vector> md5; ///< of Content-MD5
};

/// Refuses values that are no checksum (400), two of them (400), and other algorithms (501).
outcome<checksum_claim> read_checksums(const request_head& head);
/// x-amz-checksum-algorithm of CreateMultipartUpload.
outcome<checksum_kind> read_algorithm(const request_head& head);
std::optional<std::uint64_t> parse_checksum(checksum_kind kind, std::string_view base64);

} // namespace sluice::sim
