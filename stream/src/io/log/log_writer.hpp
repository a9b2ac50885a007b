// stream: writing the embedded log.
#pragma once

#include "log_paths.hpp"

#include <sluice/base/task.hpp>
#include <sluice/stream/log_store.hpp>
#include <sluice/stream/writer.hpp>

#include <memory>

namespace sluice::log {

/// Takes the lock, raises the epoch, recovers every partition. Errors: locked (naming the holder's
/// pid), reserved, damaged, disk_full, io_error. Blocks.
result<std::unique_ptr<writer>> open_writer(
    stream_place at, const log_writer_options& options, any_io_executor on, any_io_executor blocking
);

/// Errors: errc::invalid_argument.
result<void> check_group_window(std::chrono::microseconds asked);

/// The stream's lock, with our pid in it. Errors: locked.
result<std::unique_ptr<file>> take_stream_lock(const stream_place& at);

} // namespace sluice::log
