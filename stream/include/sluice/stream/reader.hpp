// stream: the interface by which anything reads events. A host may bring its own store.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/position.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// What a stream is, as its store tells.
struct stream_description {
    std::string name;
    std::string incarnation;
    std::uint32_t partitions = 1;
    std::string codec = "none";      ///< how bodies are stored
    bool rereads_identically = true; ///< false: a second reading may give other bytes
    bool durable_acknowledge = true; ///< false for `relaxed`
    bool trims = false;              ///< retention removes old events
};

/// `first`: the oldest position still there; `end`: behind the last durable, finished event.
struct stream_bounds {
    position first;
    position end;
};

/// A named place in the stream store: what a reader no longer needs. Held exclusively while open.
class cursor {
  public:
    virtual ~cursor() = default;
    virtual std::optional<position> at(std::uint32_t partition) const = 0;
    /// What was found when it was opened, for people: that an older value was taken. Usually empty.
    virtual std::string note() const { return {}; }
    /// Durable when it returns. Moving backwards is allowed (a repair may need it).
    virtual task<result<void>> move(position to) = 0;
};

/// Reads one stream; any number of readers, in any process, disturb nobody.
///
/// Use from one strand. Cancellation: terminal, at every await; the reader stays usable.
class reader {
  public:
    virtual ~reader() = default;
    virtual const stream_description& description() const = 0;

    /// Errors: stream_errc::damaged; errc::io_error.
    virtual task<result<stream_bounds>> bounds(std::uint32_t partition) = 0;

    /// The block from `from` to the next boundary of the block grid, or to `end` if that is
    /// earlier. Reads headers, not bodies (but when `from` or `end` lies inside a batch). `end`
    /// must be ≤ bounds().end. Errors: out_of_range below `first`, damaged (naming the range).
    virtual task<result<block_outline>> outline(position from, position end) = 0;

    /// The records of an outline, verified against it: `into` has exactly body_bytes.
    /// Errors: damaged (a CRC does not hold), diverged (the store's bytes are not those of the
    /// outline).
    virtual task<result<void>> read(const block_outline& what, bytes_span into) = 0;

    /// The same, where somebody else compares the bytes with the outline's checksum: a store that
    /// refuses what does not match the one sent with it. What is stored uncompressed need not be
    /// compared here, too. Unless overridden: `read`.
    virtual task<result<void>> read_to_be_verified(const block_outline& what, bytes_span into) {
        return read(what, into);
    }

    /// CRC64NVME of the Avro encoding of the record that holds the last byte before `next`;
    /// 0 when nothing precedes it. Errors: out_of_range when that record is gone.
    virtual task<result<std::uint64_t>> fingerprint(position next) = 0;

    /// Returns when durable events exist beyond `than`, with the new end; or at `by` with the same
    /// end.
    virtual task<result<position>> wait_beyond(position than, deadline by) = 0;

    /// Opens (creating it if need be) the named cursor. Errors: locked, naming the holder.
    virtual task<result<std::unique_ptr<cursor>>> open_cursor(std::string name) = 0;
};

} // namespace sluice
