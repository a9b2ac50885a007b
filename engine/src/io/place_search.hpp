// engine: where in a stream a place lies that somebody wrote.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/places.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>

namespace sluice {

/// nullopt for `saved`. A time is the first event stamped then or later, in the order of the
/// stream; events without timestamp are passed over; the end when there is none. Times are told by
/// what the store knows of its blocks, of which one is read. Errors: what the reader says.
task<result<std::optional<position>>>
find_place(reader& in, place what, std::uint32_t partition, stream_bounds bounds);

} // namespace sluice
