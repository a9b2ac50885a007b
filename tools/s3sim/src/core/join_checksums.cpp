// s3sim: the checksum of an object from those of its parts.
#include "core/multipart.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::sim {

namespace join_detail {

std::uint64_t continue_checksum(checksum_kind kind, bytes_view data, std::uint64_t before) {
    if (kind == checksum_kind::crc64nvme) return crc64nvme(data, before);
    return crc32c(data, static_cast<std::uint32_t>(before));
}

std::uint64_t
combine(checksum_kind kind, std::uint64_t a, std::uint64_t b, std::uint64_t length_b) {
    if (kind == checksum_kind::crc64nvme) return crc64nvme_combine(a, b, length_b);
    return crc32c_combine(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), length_b);
}

std::uint64_t known_or_computed(const part& one, checksum_kind kind) {
    if (kind == checksum_kind::crc64nvme && one.sums.crc64nvme) return *one.sums.crc64nvme;
    if (kind == checksum_kind::crc32c && one.sums.crc32c) return *one.sums.crc32c;
    return checksum_of(*one.data, kind);
}

refusal bad_digest(checksum_kind kind) {
    return refuse(
        400,
        "BadDigest",
        "The " + std::string(name_of(kind)) +
            " you specified did not match the calculated checksum."
    );
}

/// CRC32C of the parts' CRC32Cs, with the count behind it.
std::string composite_of(const std::vector<part_ptr>& parts) {
    std::string raw;
    for (const auto& one : parts) {
        const auto value = known_or_computed(*one, checksum_kind::crc32c);
        for (int shift = 24; shift >= 0; shift -= 8)
            raw += static_cast<char>(value >> shift & 0xff);
    }
    return crc32_base64(crc32c(as_bytes(raw))) + '-' + std::to_string(parts.size());
}

checksum_set full_object(const std::vector<part_ptr>& parts, checksum_kind kind) {
    checksum_set out;
    out.told = kind;
    std::uint64_t whole = 0;
    for (const auto& one : parts)
        whole = combine(kind, whole, known_or_computed(*one, kind), one->size);
    if (kind == checksum_kind::crc64nvme) out.crc64nvme = whole;
    if (kind == checksum_kind::crc32c) out.crc32c = static_cast<std::uint32_t>(whole);
    return out;
}

} // namespace join_detail

std::uint64_t checksum_of(const blob& data, checksum_kind kind) {
    if (!data.view().empty()) return join_detail::continue_checksum(kind, data.view(), 0);
    buffer window(std::size_t(1) << 20);
    std::uint64_t value = 0;
    for (std::uint64_t at = 0; at < data.size(); at += window.size()) {
        const auto size = std::min<std::uint64_t>(window.size(), data.size() - at);
        const auto piece = window.span().first(size);
        if (!data.read(at, piece)) return ~value; // An unreadable medium must not pass as a match.
        value = join_detail::continue_checksum(kind, piece, value);
    }
    return value;
}

outcome<checksum_set> join_checksums(
    const upload& from,
    const std::vector<part_ptr>& parts,
    const checksum_claim& claim,
    bool composite
) {
    const auto kind = claim.kind != checksum_kind::none ? claim.kind : from.algorithm;
    if (kind == checksum_kind::none) return checksum_set();
    if (composite && kind == checksum_kind::crc32c) {
        checksum_set out;
        out.told = kind;
        out.composite = join_detail::composite_of(parts);
        const bool same = claim.text.empty() || out.composite.starts_with(claim.text);
        if (!same) return join_detail::bad_digest(kind);
        return out;
    }
    auto out = join_detail::full_object(parts, kind);
    const auto whole =
        kind == checksum_kind::crc64nvme ? *out.crc64nvme : std::uint64_t(*out.crc32c);
    if (claim.kind != checksum_kind::none && claim.value != whole)
        return join_detail::bad_digest(kind);
    return out;
}

} // namespace sluice::sim
