// stream: one batch on disk: header, body, progress. The page docs/formats.md tells the same for
// strangers.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/event.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::log {

inline constexpr std::uint32_t batch_magic = 0x31424c53; // "SLB1"
inline constexpr std::size_t batch_header_size = 120;
inline constexpr std::uint32_t largest_progress = 1 << 20;

/// Mixed into every header's CRC, so that a batch in the wrong stream or place is recognised: the
/// first 16 bytes of SHA-256 of the incarnation.
using seed = std::array<std::byte, 16>;
seed seed_of(std::string_view incarnation);

/// How a body is stored: as the records are, or as one zstd frame of them.
enum class batch_codec : std::uint8_t { none = 0, zstd = 1 };

/// A stored body can be that long: what zstd makes of records that do not shrink.
inline constexpr std::uint32_t largest_stored_body =
    static_cast<std::uint32_t>(max_batch_bytes + max_batch_bytes / 256);

/// What a batch's header says. `next` of a batch without events is its `first`.
struct batch_header {
    position first;
    position next;
    std::int64_t last_sequence = -1;
    std::uint32_t records = 0;
    std::uint32_t events = 0;
    std::optional<time_range> times;
    bool abandons = false; ///< control: the event open at `first` is given up, its sequence spent
    std::uint64_t writer_epoch = 0;
    std::uint64_t durable_address = 0;     ///< of the partition, when this was written
    batch_codec codec = batch_codec::none; ///< none, too, where there are no records
    std::uint32_t body_bytes = 0;          ///< as stored
    std::uint32_t record_bytes = 0;        ///< uncompressed
    std::uint32_t progress_bytes = 0;
    std::uint64_t body_crc64 = 0;    ///< of the stored body
    std::uint64_t records_crc64 = 0; ///< of the records, uncompressed: what a reader gives out
    std::uint64_t progress_crc64 = 0;

    std::uint64_t stored_bytes() const; ///< header, body, progress, padding
};

std::array<std::byte, batch_header_size> encode(const batch_header& header, const seed& with);

/// Why bytes were not taken. `newer`: they check, but another version of the format wrote them;
/// then they are nobody's torn tail.
struct refusal {
    std::string why;
    bool newer = false;
};

/// Whether the fields fit each other; else what does not hold. A writer asks this before it writes:
/// what it wrote will be read.
std::optional<std::string> contradiction_in(const batch_header& header);

/// nullopt when the bytes are not a header of this partition and stream, or say something
/// impossible. Lengths are within their limits on success.
std::optional<batch_header>
decode_batch_header(bytes_view bytes, const seed& with, std::uint32_t partition, refusal& because);

} // namespace sluice::log
