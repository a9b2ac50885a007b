// stream: what a writer finds when it opens a partition, and the torn tail it cuts.
#pragma once

#include "segment_scan.hpp"
#include "slot_file.hpp"

#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::log {

/// A partition as recovered: everything in it is whole, synced, and below the watermark.
struct recovered {
    std::shared_ptr<segment> active; ///< open for writing; null: the partition has no segment yet
    std::uint64_t offset = 0;        ///< in the active segment: where the next batch goes
    std::uint64_t batches = 0;       ///< in the active segment
    bool sealed = false; ///< the active segment is sealed: the next batch begins a new one
    std::uint64_t next_ordinal = 0;
    position end;                         ///< offset ≠ 0: an event is open
    std::int64_t visible = 0;             ///< sequence where readers end
    std::string progress;                 ///< the last one
    std::uint64_t torn_bytes = 0;         ///< cut off
    std::uint64_t writer_epoch = 0;       ///< the highest in the active segment
    std::optional<scanned> last_finished; ///< the last batch in it that ends an event, if any
};

/// Only the last segment is read; of the others headers and footers are, which must form a chain.
///
/// What does not check is a torn tail, and is cut, when it lies beyond the durable end; below that
/// it is damage (stream_errc::damaged naming file, byte and positions), and nothing is changed. The
/// durable end is the highest of the watermark, which is written after each sync but not synced
/// itself and so may be an old one after a power failure, and of the durable addresses in all good
/// batch headers of the segment, also in those behind what does not check. A good batch behind a
/// bad one proves nothing by itself: pages reach the disk in any order.
///
/// What checks is kept, acknowledged or not, and synced (its name, too) before the watermark moves.
/// Errors: also errc::unsupported_version, where a newer version of this program has written.
result<recovered> recover_partition(
    const stream_place& at, std::uint32_t partition, const seed& with, const watermark& mark
);

} // namespace sluice::log
