// s3sim: the rules of CompleteMultipartUpload.
#pragma once

#include "core/object.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

struct claimed_part {
    unsigned number = 0;
    std::string etag;
    std::vector<std::pair<checksum_kind, std::string>> sums; ///< those given, in base64
};

/// Reads the <CompleteMultipartUpload> document; 400 MalformedXML for anything else.
outcome<std::vector<claimed_part>> read_complete_document(std::string_view xml);

/// The stored parts that `claims` name, in order. Refuses InvalidPartOrder, InvalidPart (unknown,
/// other ETag or checksum) and EntityTooSmall (below `min_part_size` and not the last). With
/// `equal` also InvalidPart, where one but the last is not as large as the first.
outcome<std::vector<part_ptr>> choose_parts(
    const upload& from,
    const std::vector<claimed_part>& claims,
    std::uint64_t min_part_size,
    bool equal = false
);

/// The MD5 of the parts' MD5s, "-" and their number, where all ETags are MD5s; else "".
std::string joined_etag(const std::vector<part_ptr>& parts);

/// The checksum of the object made of `parts`. With a claim it is verified (BadDigest); CRCs that
/// the parts lack are computed from their bytes.
outcome<checksum_set> join_checksums(
    const upload& from,
    const std::vector<part_ptr>& parts,
    const checksum_claim& claim,
    bool composite
);

/// Checksum of a blob's bytes in base64; "" when the medium fails.
std::string checksum_of(const blob& data, checksum_kind kind);

} // namespace sluice::sim
