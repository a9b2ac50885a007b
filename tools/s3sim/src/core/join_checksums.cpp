// s3sim: the checksum of an object from those of its parts.
#include "core/multipart.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::sim {

namespace join_detail {

std::uint64_t continue_crc(checksum_kind kind, bytes_view data, std::uint64_t before) {
    if (kind == checksum_kind::crc64nvme) return crc64nvme(data, before);
    const auto narrow = static_cast<std::uint32_t>(before);
    return kind == checksum_kind::crc32c ? crc32c(data, narrow) : crc32(data, narrow);
}

std::uint64_t
combine(checksum_kind kind, std::uint64_t a, std::uint64_t b, std::uint64_t length_b) {
    if (kind == checksum_kind::crc64nvme) return crc64nvme_combine(a, b, length_b);
    const auto first = static_cast<std::uint32_t>(a), second = static_cast<std::uint32_t>(b);
    if (kind == checksum_kind::crc32c) return crc32c_combine(first, second, length_b);
    return crc32_combine(first, second, length_b);
}

/// In base64; "" when it cannot be read.
std::string known_or_computed(const part& one, checksum_kind kind) {
    checksum_set known = one.sums;
    known.told = kind;
    const auto value = value_of(known);
    return value.empty() ? checksum_of(*one.data, kind) : value;
}

refusal bad_digest(checksum_kind kind) {
    return refuse(
        400,
        "BadDigest",
        "The " + std::string(name_of(kind)) +
            " you specified did not match the calculated checksum."
    );
}

/// The checksum of some bytes in base64.
std::string text_of_checksum(checksum_kind kind, bytes_view data) {
    if (kind == checksum_kind::sha256) {
        const auto digest = sha256(data);
        return base64(digest);
    }
    checksum_set out;
    out.told = kind;
    set_crc(out, kind, continue_crc(kind, data, 0));
    return value_of(out);
}

/// The checksum of the parts' checksums, with their count behind it.
std::string composite_of(const std::vector<part_ptr>& parts, checksum_kind kind) {
    byte_vector raw;
    for (const auto& one : parts) {
        const auto bytes = from_base64(known_or_computed(*one, kind));
        if (bytes) append(raw, *bytes);
    }
    return text_of_checksum(kind, raw) + '-' + std::to_string(parts.size());
}

checksum_set full_object(const std::vector<part_ptr>& parts, checksum_kind kind) {
    checksum_set out;
    out.told = kind;
    std::uint64_t whole = 0;
    for (const auto& one : parts) {
        const auto value = parse_checksum(kind, known_or_computed(*one, kind));
        // An unreadable medium must not pass as a match.
        whole = combine(kind, whole, value.value_or(~whole), one->size);
    }
    set_crc(out, kind, whole);
    return out;
}

} // namespace join_detail

std::string checksum_of(const blob& data, checksum_kind kind) {
    if (!data.view().empty()) return join_detail::text_of_checksum(kind, data.view());
    buffer window(std::size_t(1) << 20);
    sha256_stream hash;
    std::uint64_t value = 0;
    for (std::uint64_t at = 0; at < data.size(); at += window.size()) {
        const auto size = std::min<std::uint64_t>(window.size(), data.size() - at);
        const auto piece = window.span().first(size);
        if (!data.read(at, piece)) return {};
        if (is_crc(kind)) value = join_detail::continue_crc(kind, piece, value);
        if (!is_crc(kind)) hash.update(piece);
    }
    if (!is_crc(kind)) return base64(hash.finish());
    checksum_set out;
    out.told = kind;
    set_crc(out, kind, value);
    return value_of(out);
}

outcome<checksum_set> join_checksums(
    const upload& from,
    const std::vector<part_ptr>& parts,
    const checksum_claim& claim,
    bool composite
) {
    const auto kind = claim.kind != checksum_kind::none ? claim.kind : from.algorithm;
    if (kind == checksum_kind::none) return checksum_set();
    if (composite && kind != checksum_kind::crc64nvme) {
        checksum_set out;
        out.told = kind;
        out.composite = join_detail::composite_of(parts, kind);
        const bool same = claim.text.empty() || out.composite.starts_with(claim.text);
        if (!same) return join_detail::bad_digest(kind);
        return out;
    }
    auto out = join_detail::full_object(parts, kind);
    if (claim.kind != checksum_kind::none && claim.value != crc_of(out, kind))
        return join_detail::bad_digest(kind);
    return out;
}

} // namespace sluice::sim
