// stream: what stands at the beginning and at the end of a segment.
#pragma once

#include "log_batch.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/stream/position.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::log {

/// `progress` is a copy of the last one before this segment, and `fingerprint` that of the last
/// event that readers see before it, so that removing older segments loses neither.
struct segment_header {
    std::string incarnation;
    std::uint64_t ordinal = 0;
    position base;
    std::uint64_t address =
        0; ///< logical address of the segment's first byte, from the partition's birth
    std::uint64_t fingerprint = 0; ///< CRC64 of the last record before; 0: there is none
    std::string progress;
};

inline constexpr std::size_t segment_header_fixed =
    80; ///< bytes that tell how long the whole header is

byte_vector encode(const segment_header& header);
/// Bytes of the whole header; nullopt when the fixed part is not one, or of another version.
std::optional<std::size_t> segment_header_size(bytes_view fixed_part, refusal& because);
/// nullopt when it does not check or belongs to another stream or partition.
std::optional<segment_header> decode_segment_header(
    bytes_view bytes, std::string_view incarnation, std::uint32_t partition, refusal& because
);

inline constexpr std::uint32_t footer_magic = 0x31464c53; // "SLF1"
inline constexpr std::size_t footer_size = 64;

/// Seals a segment: nothing is ever appended behind it.
struct segment_footer {
    std::uint64_t batches = 0;
    std::int64_t last_sequence = -1;
    position next;
    std::uint64_t bytes = 0; ///< before the footer
};

std::array<std::byte, footer_size>
encode(const segment_footer& footer, const seed& with, std::uint64_t ordinal);
std::optional<segment_footer> decode_footer(
    bytes_view bytes,
    const seed& with,
    std::uint64_t ordinal,
    std::uint32_t partition,
    refusal& because
);

/// `{ordinal:012}-{base sequence:020}.log`
std::string segment_name(std::uint64_t ordinal, std::int64_t base_sequence);
struct segment_place {
    std::uint64_t ordinal = 0;
    std::int64_t base_sequence = 0;
};
std::optional<segment_place> parse_segment_name(std::string_view name);

} // namespace sluice::log
