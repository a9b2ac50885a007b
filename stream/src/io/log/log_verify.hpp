// stream: reading every byte of a stream and checking it.
#pragma once

#include "segment_scan.hpp"

#include <sluice/stream/log_store.hpp>

namespace sluice::log {

/// Up to the durable end, which may move meanwhile. Nothing is changed. Blocks, and sleeps where a
/// rate is given.
result<log_verdict> verify_stream(const stream_place& at, const log_verification& how);

/// One segment by itself: where its batches end, and what does not check.
struct segment_verdict {
    position end;
    std::vector<std::string> problems;
    bool newer = false; ///< one of them is that a newer version wrote it: it is no damage
};
/// Of the last segment what lies below `durable` (an address) must check, of others all.
result<segment_verdict> check_one_segment(
    const stream_place& at, const segment& in, const seed& with, bool last, std::uint64_t durable
);

} // namespace sluice::log
