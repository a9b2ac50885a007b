// engine: the bytes of a foreign object, on their way to events with sequences of this stream.
// Pure.
#pragma once

#include "foreign_format.hpp"

#include <sluice/stream/batch_builder.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

/// Reads one object from its first byte, portion by portion: what it expands to may be much. Errors
/// of all: stream_errc::malformed with the byte or line, errc::limit_exceeded,
/// stream_errc::too_large.
class foreign_reader {
  public:
    virtual ~foreign_reader() = default;
    /// More of the object, to be read before the next is given; must stay until then.
    virtual void give(bytes_view more) = 0;
    /// Adds the events of the next portion; false when all that was given has been read.
    virtual result<bool> read() = 0;
    /// The object has ended.
    virtual result<void> finish() = 0;
};

/// Events go `to` the builder, except the first `skip`: they are in the stream already. `raw`
/// becomes events of `event_bytes`.
std::unique_ptr<foreign_reader> make_foreign_reader(
    foreign_encoding encoding, std::size_t event_bytes, std::uint64_t skip, batch_builder& to
);

} // namespace sluice
