// stream: a new segment on disk.
#pragma once

#include "segment_scan.hpp"

#include <memory>

namespace sluice::log {

/// The file that will be the partition's next segment, with disk for `bytes` taken: made while the
/// one before it fills, so that a disk that is full shows early and a new segment begins at once.
/// Errors: disk_full, also when then too little would stay for the segment in use; io_error.
/// Blocks.
result<std::unique_ptr<file>>
prepare_segment(const stream_place& at, std::uint32_t partition, std::uint64_t bytes);

/// Removes what was prepared, or what a crash left of it. That it is not there is no failure.
result<void> remove_prepared(const stream_place& at, std::uint32_t partition);

/// Makes a segment that holds its header only, durably: it is written under another name first, so
/// that a segment with its own name is never half a header. Errors: disk_full, io_error; then it is
/// not there. `prepared`: its file, as above; null: it is made here. Blocks.
result<std::shared_ptr<segment>> make_segment(
    const stream_place& at,
    std::uint32_t partition,
    segment_header header,
    std::unique_ptr<file> prepared
);

} // namespace sluice::log
