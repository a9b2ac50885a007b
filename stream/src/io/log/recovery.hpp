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
    position end;                 ///< offset ≠ 0: an event is open
    std::int64_t visible = 0;     ///< sequence where readers end
    std::string progress;         ///< the last one
    std::uint64_t torn_bytes = 0; ///< cut off
};

/// Only the last segment is read; of the others the footers are trusted. Data beyond the watermark
/// (and beyond the durable addresses in good headers) that does not check is a torn tail: it is
/// cut. Below it, it is damage: stream_errc::damaged naming file, byte and positions; nothing is
/// changed then.
result<recovered> recover_partition(
    const stream_place& at, std::uint32_t partition, const seed& with, const watermark& mark
);

} // namespace sluice::log
