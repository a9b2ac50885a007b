// stream: reading the embedded log.
#pragma once

#include "log_paths.hpp"

#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>

#include <memory>

namespace sluice::log {

/// `blocking` runs what may wait for the disk (a cursor's fdatasync); reads of data are done in
/// place.
std::unique_ptr<reader> make_reader(stream_place at, any_io_executor blocking);

std::unique_ptr<cursor>
make_cursor(std::unique_ptr<file> at, std::uint32_t partitions, any_io_executor blocking);
/// Errors: locked, when the cursor is in use; errc::invalid_argument for its name.
result<std::unique_ptr<cursor>>
open_cursor(const stream_place& at, const std::string& name, any_io_executor blocking);

stream_description describe(const meta& about);

} // namespace sluice::log
