// engine: the bytes of a foreign object, on their way to events with sequences of this stream.
// Pure.
#pragma once

#include "foreign_format.hpp"
#include "own_place.hpp"

#include <sluice/stream/batch_builder.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace sluice {

/// Where reading an object begins, and whom to tell.
struct foreign_start {
    std::uint64_t skip = 0; ///< events that are in the stream already
    /// What an event that began in an object before has of this one, and is in the stream: bytes of
    /// content; of `avro` and `ndjson`, records.
    std::uint64_t inside = 0;
    std::optional<own_place> own; ///< an export wrote it: events may go on in the next one
    /// An event that was open when the object began is whole: so much of the object was its own.
    std::function<void(std::uint64_t inside)> event_over;
};

/// Reads one object from its first byte, portion by portion: what it expands to may be much.
/// Objects of an export may be read one behind the other, and an event that is open at the end of
/// one goes on in the next. Errors of all: stream_errc::malformed with the byte or line,
/// errc::limit_exceeded, stream_errc::too_large.
class foreign_reader {
  public:
    virtual ~foreign_reader() = default;
    /// More of the object, to be read before the next is given; must stay until then.
    virtual void give(bytes_view more) = 0;
    /// Adds the events of the next portion; false when all that was given has been read.
    virtual result<bool> read() = 0;
    /// The object has ended, and so has what it is part of. Of `raw`, what is left becomes an
    /// event.
    virtual result<void> finish() = 0;

    /// The object has ended: true when an event is open, which the next one may go on with.
    virtual result<bool> end_object() = 0;
    /// Whether an object that begins there goes on where this one has ended. After end_object.
    virtual bool goes_on_at(position first) const = 0;
    /// The next bytes are those of that object.
    virtual void begin_next(object_codec codec, const own_place& place) = 0;
};

/// Events go `to` the builder. `raw` becomes events of `event_bytes`.
std::unique_ptr<foreign_reader> make_foreign_reader(
    foreign_encoding encoding, std::size_t event_bytes, foreign_start start, batch_builder& to
);

} // namespace sluice
