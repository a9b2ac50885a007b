// stream: `delimited`, `lines` and `raw` objects, which hold values and nothing else: places in
// them, and events made of them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/format.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

/// The last place at or before byte `limit` of the block that `records` are encoded to, at which an
/// object may end. `raw` may be cut anywhere; in `delimited` no place lies in a length or right
/// behind it, in `lines` none right before a line feed. Errors: malformed.
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

/// Whether objects of this format can hold these records: no value of `lines` may hold a line feed.
bool fits(object_format format, bytes_view records);
/// unfit, of such a value, with the way out.
failure no_line(const std::string& stream, position event);

/// The smallest object that can be asked for: with less room than this nothing could go on. Of
/// `delimited` a length and one byte of value, of `lines` a byte with its line feed.
inline std::uint64_t least_object_bytes(object_format format) {
    return format == object_format::delimited ? 5 : format == object_format::lines ? 2 : 1;
}
/// What stands for the length of a null in `delimited`.
inline constexpr std::uint32_t delimited_null = 0xffffffff;

/// An event of a `delimited` or `lines` object whose beginning is done with.
struct open_value {
    std::uint64_t length =
        0; ///< of the whole value; of a line, which tells none, of what is done with
    std::uint64_t crc64nvme = 0; ///< of its bytes so far
};

/// Decodes the content of a run of pieces that follow each other: an event may begin in one and end
/// in another. Values become events without key, headers and timestamp. Memory: 2.5 MiB.
class value_decoder : public object_decoder {
  public:
    /// What is fed next is the content of the piece that begins at `first`. All but `raw` count
    /// sequences up from there. Errors: malformed when an event goes on that ends there.
    virtual result<void> enter(position first) = 0;
    /// Delivers events that are complete; `finish` also demands an end, or makes one (raw).
    virtual result<void> flush(const deliver& to) = 0;
    /// Behind the last byte fed. Of `raw` without meaning.
    virtual position reached() const = 0;
    /// Events that have begun in what was fed.
    virtual std::uint64_t begun() const = 0;
    /// Bytes of content up to the end of what was delivered last, and the event that is open there.
    virtual std::uint64_t consumed() const = 0;
    virtual std::optional<open_value> open() const = 0;
    /// How many of the bytes that are fed next belong to the event that has begun, as far as can be
    /// told; 0: none has. Feed them, and ask again.
    virtual std::size_t of_open_event(bytes_view next) const = 0;
    /// An event has begun, or the length that stands before it.
    bool is_inside() const {
        constexpr std::byte any{};
        return of_open_event(bytes_view(&any, 1)) > 0;
    }
    /// Whether what was fed may be a piece that ends there: no further than that, nor inside
    /// another event. The stream may be sparse.
    bool may_end_at(position next) const {
        const position here = reached();
        return here <= next && (here.offset == 0 ? !is_inside() : here == next);
    }
};

/// `open` belongs to a `first` inside an event.
std::unique_ptr<value_decoder>
make_delimited_decoder(position first, std::optional<open_value> open);
/// A line may have any length; above max_fragment_bytes it becomes fragments.
std::unique_ptr<value_decoder> make_lines_decoder(position first, std::optional<open_value> open);
/// The one that counts: `delimited` or `lines`.
std::unique_ptr<value_decoder>
make_counting_decoder(object_format format, position first, std::optional<open_value> open);
/// Cuts the bytes into events of `event_bytes` (1 to max_fragment_bytes), whatever the pieces are.
std::unique_ptr<value_decoder> make_raw_decoder(position first, std::size_t event_bytes);

/// What an event of `raw` objects has where nobody chose a size.
inline constexpr std::size_t usual_event_bytes = std::size_t{1} << 20;

} // namespace sluice
