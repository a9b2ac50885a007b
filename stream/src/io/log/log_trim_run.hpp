// stream: removing the oldest segments.
#pragma once

#include "../../core/log_trim.hpp"
#include "cursor_files.hpp"

#include <cstdint>
#include <span>

namespace sluice::log {

/// Whether segments really go.
enum class trim_mode { remove, look_only };

/// With the cursors' lock, which the caller holds, and their places as they are now. Each name is
/// gone durably before the next one goes, so that what is left never has a hole. Errors: io_error;
/// what was removed before stays removed.
result<log_trimmed_partition> trim_partition(
    const stream_place& at,
    std::uint32_t partition,
    const trim_rules& rules,
    std::span<const named_cursor> cursors,
    trim_mode mode
);

/// The stream's own rules on one partition, the lock included. Blocks.
result<void> apply_retention(const stream_place& at, std::uint32_t partition);

/// A request on all partitions. Errors: also errc::invalid_argument, when nothing was asked for and
/// the stream keeps everything. Blocks.
result<std::vector<log_trimmed_partition>>
trim_stream(const stream_place& at, const log_trim_request& request);

} // namespace sluice::log
