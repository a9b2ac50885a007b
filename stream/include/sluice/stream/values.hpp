// stream: `delimited` and `raw` objects, which hold values and nothing else: places in them, and
// events made of them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/format.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

/// The last place at or before byte `limit` of the block that `records` are encoded to, at which an
/// object may end. `raw` may be cut anywhere; in `delimited` no place lies in a length or right
/// behind it. Errors: malformed.
result<position>
place_at_byte(object_format format, bytes_view records, position first, std::uint64_t limit);

/// Bytes `[begin, end)` of an encoded block, and what they hold.
struct value_range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint32_t events = 0; ///< that begin there
    std::optional<time_range> times;
};
/// Where `[from, to)` lies in the block that `records` are encoded to. Errors: malformed.
result<value_range>
values_between(object_format format, bytes_view records, position from, position to);

/// The smallest `delimited` object: a length and one byte of value.
inline constexpr std::uint64_t least_delimited_bytes = 5;
/// What stands for the length of a null in `delimited`.
inline constexpr std::uint32_t delimited_null = 0xffffffff;

/// An event of a `delimited` object whose beginning is done with.
struct open_value {
    std::uint64_t length = 0;    ///< of the whole value
    std::uint64_t crc64nvme = 0; ///< of its bytes so far
};

/// Decodes the content of a run of pieces that follow each other: an event may begin in one and end
/// in another. Values become events without key, headers and timestamp. Memory: 2.5 MiB.
class value_decoder : public object_decoder {
  public:
    /// What is fed next is the content of the piece that begins at `first`. `delimited` counts
    /// sequences up from there. Errors: malformed when an event goes on that ends there.
    virtual result<void> enter(position first) = 0;
    /// Delivers events that are complete; `finish` also demands (delimited) or makes (raw) an end.
    virtual result<void> flush(const deliver& to) = 0;
    /// Behind the last byte fed. Of `raw` without meaning.
    virtual position reached() const = 0;
    /// Events that have begun in what was fed.
    virtual std::uint64_t begun() const = 0;
    /// Bytes of content up to the end of what was delivered last, and the event that is open there.
    virtual std::uint64_t consumed() const = 0;
    virtual std::optional<open_value> open() const = 0;
};

/// `open` belongs to a `first` inside an event.
std::unique_ptr<value_decoder>
make_delimited_decoder(position first, std::optional<open_value> open);
/// Cuts the bytes into events of `event_bytes` (1 to max_fragment_bytes), whatever the pieces are.
std::unique_ptr<value_decoder> make_raw_decoder(position first, std::size_t event_bytes);

/// What an event of `raw` objects has where nobody chose a size.
inline constexpr std::size_t usual_event_bytes = std::size_t{1} << 20;

} // namespace sluice
