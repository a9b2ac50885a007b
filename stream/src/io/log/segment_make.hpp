// stream: a new segment on disk.
#pragma once

#include "segment_scan.hpp"

#include <memory>

namespace sluice::log {

/// Makes a segment that holds its header only, durably: it is written under another name first, so
/// that a segment with its own name is never half a header. Errors: disk_full, io_error; then it is
/// not there. Blocks.
result<std::shared_ptr<segment>>
make_segment(const stream_place& at, std::uint32_t partition, segment_header header);

} // namespace sluice::log
