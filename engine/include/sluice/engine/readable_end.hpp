// engine: up to where a damaged stream can be read, and one that does not fit a format exported.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/encoding.hpp>
#include <sluice/stream/position.hpp>
#include <sluice/stream/reader.hpp>

namespace sluice {

/// Reads `[begin, end)` and gives the first place that cannot be read because of damage: where an
/// event begins, or `begin`; `end` when nothing is damaged. Errors: what the reader says, but not
/// stream_errc::damaged. Cancellation: terminal.
task<result<position>> readable_end(reader& from, position begin, position end);
/// The same, and no further than where the first event begins that objects of this format cannot
/// hold.
task<result<position>>
exportable_end(reader& from, object_format format, position begin, position end);

} // namespace sluice
