// stream: how long an event is that ends behind what is at hand.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>

namespace sluice {

/// Bytes of the whole value of a fragmented event, as its last fragment tells: headers of the
/// event's blocks are looked at, and the last block is read. `event` is a position in it. Errors:
/// the reader's; stream_errc::diverged when there is no such event. Cancellation: terminal.
task<result<std::uint64_t>> event_length(reader& from, position event);

} // namespace sluice
