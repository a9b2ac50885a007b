// s3client: checksums as S3 spells them in headers and in XML.
#pragma once

#include "http_head.hpp"

#include <sluice/s3/requests.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

/// Those that a store tells of an object, the one that we like best first.
inline constexpr std::array told_checksums = {
    checksum::kind::crc64nvme,
    checksum::kind::crc32c,
    checksum::kind::crc32,
    checksum::kind::sha256};

/// "x-amz-checksum-crc64nvme", "content-md5"; `algorithm` is not `none`.
std::string_view checksum_header(checksum::kind algorithm);
/// "CRC64NVME", as x-amz-checksum-algorithm takes it. MD5 is no such algorithm.
std::string_view checksum_name(checksum::kind algorithm);
/// "ChecksumCRC64NVME", the element of a part or an object.
std::string_view checksum_element(checksum::kind algorithm);
/// Whether the checksums of parts can be joined to that of the whole.
bool joins(checksum::kind algorithm);
/// Bytes of the checksum itself.
std::size_t checksum_size(checksum::kind algorithm);

std::string encode_checksum(const checksum& sum);
/// Base64 of exactly the algorithm's size; nullopt for anything else, such as the composite form
/// "….-7", which is a checksum of checksums and says nothing about the bytes.
std::optional<checksum> decode_checksum(checksum::kind algorithm, std::string_view text);

/// The checksum of the whole object, where the head tells one. Never a composite one.
checksum read_checksum(const response_head& head);

} // namespace sluice::s3
