// stream: what is to be known of an event that ends behind what is at hand.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/encoding.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>

namespace sluice {

/// Bytes of the whole value of a fragmented event, as its last fragment tells: headers of the
/// event's blocks are looked at, and the last block is read. `event` is a position in it. Errors:
/// the reader's; stream_errc::diverged when there is no such event. Cancellation: terminal.
task<result<std::uint64_t>> event_length(reader& from, position event);

/// Reads the rest of the event that goes on at `inside`, and finds out whether objects of this
/// format can hold it. Errors: unfit; the reader's; stream_errc::diverged when it has no end.
/// Cancellation: terminal.
task<result<void>> check_rest_fits(reader& from, object_format format, position inside);

} // namespace sluice
