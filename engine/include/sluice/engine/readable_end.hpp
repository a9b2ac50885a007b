// engine: up to where a damaged stream can be read.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/position.hpp>
#include <sluice/stream/reader.hpp>

namespace sluice {

/// Reads `[begin, end)` and gives the first place that cannot be read because of damage: where an
/// event begins, or `begin`; `end` when nothing is damaged. Errors: what the reader says, but not
/// stream_errc::damaged. Cancellation: terminal.
task<result<position>> readable_end(reader& from, position begin, position end);

} // namespace sluice
