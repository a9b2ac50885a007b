// s3sim: the checksums that requests carry and objects keep.
#pragma once

#include "core/http_head.hpp"
#include "core/refusal.hpp"

#include <sluice/base/bytes.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sim {

enum class checksum_kind { none = 0, crc64nvme, crc32c, crc32, sha256 };
inline constexpr std::array checksum_kinds = {
    checksum_kind::crc64nvme, checksum_kind::crc32c, checksum_kind::crc32, checksum_kind::sha256};

/// "CRC64NVME", "CRC32C", "CRC32", "SHA256" or "".
std::string_view name_of(checksum_kind kind);
/// "x-amz-checksum-crc64nvme", ….
std::string_view header_of(checksum_kind kind);
/// The kind that a header of that name carries; none for any other.
checksum_kind kind_of_header(std::string_view name);
bool is_crc(checksum_kind kind);

/// What is known about some bytes. At most one is told to clients: `told`.
struct checksum_set {
    checksum_kind told = checksum_kind::none;
    std::optional<std::uint64_t> crc64nvme;
    std::optional<std::uint32_t> crc32c, crc32;
    std::string sha256;    ///< base64; empty when not known
    std::string composite; ///< checksum of checksums with its "-N"; empty for a full-object one
};

/// The CRC of that kind, where it is known.
std::optional<std::uint64_t> crc_of(const checksum_set& sums, checksum_kind kind);
void set_crc(checksum_set& sums, checksum_kind kind, std::uint64_t value);
/// The value as headers and XML carry it; "" when `told` is none.
std::string value_of(const checksum_set& sums);
/// "FULL_OBJECT" or "COMPOSITE".
std::string_view type_of(const checksum_set& sums);

/// What a request says that its body (or the completed object) has.
struct checksum_claim {
    checksum_kind kind = checksum_kind::none;
    std::uint64_t value = 0;        ///< of CRCs
    std::string text;               ///< as sent
    bool behind_body = false;       ///< it comes in the trailer
    std::optional<byte_vector> md5; ///< of Content-MD5
};

/// From headers, or announced by x-amz-trailer. Refuses values that are no checksum (400), two of
/// them (400), and other algorithms (501). `md5_only`: of a store that knows nothing of the others.
outcome<checksum_claim> read_checksums(const request_head& head, bool md5_only = false);
/// x-amz-checksum-algorithm of CreateMultipartUpload.
outcome<checksum_kind> read_algorithm(const request_head& head);
/// Fills in what came in the trailer; false when it is no checksum of the kind announced.
bool take_trailer(checksum_claim& claim, const std::string& value);
/// A CRC; for SHA-256 0, when it is one.
std::optional<std::uint64_t> parse_checksum(checksum_kind kind, std::string_view base64);

} // namespace sluice::sim
