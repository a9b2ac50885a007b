// stream: consecutive events in one buffer, and what is known about stored ones without reading
// them.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/stream/position.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

struct time_range {
    std::int64_t min = 0; ///< µs since 1970 UTC
    std::int64_t max = 0;
};

/// The smallest range that holds both; an absent one adds nothing.
std::optional<time_range> merge(std::optional<time_range> a, std::optional<time_range> b);

/// Consecutive records of one partition, Avro-encoded (envelope, no count, no sync marker): the
/// form in which every store takes and gives events. At most max_batch_bytes; a fragment is the
/// last record of its batch (and the only one, where this room makes batches). `body` points into
/// memory that the giver owns.
struct record_batch {
    position first; ///< of its first record; offset ≠ 0 when that continues an event
    std::int64_t last_sequence = -1; ///< of its last record
    position next;                   ///< where the following batch must begin
    std::uint32_t records = 0;
    std::uint32_t events = 0; ///< events that begin here
    std::optional<time_range> times;
    bytes_view body;
    /// CRC64NVME of body, unseeded. Not set: whoever stores it computes it.
    std::optional<std::uint64_t> body_crc64;
};

/// One atomic step: events (possibly none) and the progress that goes with them (possibly empty,
/// which leaves the last one in force). `first` of the batch must be the partition's `end`, or,
/// where no event is open, any later sequence with offset 0 (sequences may be sparse).
struct append_step {
    record_batch batch;
    std::string progress;  ///< opaque to the store
    bytes_span frame = {}; ///< around the body, as frame_shape says; empty: there is none
};

/// Memory around a body in which a store may write what it keeps beside it, so that all of it goes
/// out as it lies there, uncopied. A frame begins `before` bytes in front of the body; its size is
/// a multiple of `unit`, and leaves room for the progress, which gets spaces behind it. The first
/// of frames that lie side by side begins at a multiple of `block`, and so does what is behind the
/// last one.
struct frame_shape {
    std::size_t before = 0;
    std::size_t unit = 1;
    std::size_t block = 1;
};

/// A run of stored records on the block grid, as headers tell it. `body_crc64` is known beforehand,
/// so that sizes and checksums of what will be sent are known before a byte is read.
struct block_outline {
    position first;
    position next; ///< equal to `first` when there is nothing (yet) between `first` and the end
                   ///< asked for
    std::uint32_t records = 0;
    std::uint32_t events = 0;
    std::optional<time_range> times;
    std::uint64_t body_bytes = 0;
    std::uint64_t body_crc64 = 0;
    bool on_grid = false; ///< ends where the grid says; false when cut short by the end asked for
};

} // namespace sluice
