// engine: the appends that one verified piece becomes. Pure.
#pragma once

#include "fetch_plan.hpp"
#include "import_window.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/crc64_track.hpp>
#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/block_arrival.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/format.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace sluice {

/// Appends that point into the piece's bytes where they can, and into `copies` where they cannot.
struct piece_steps {
    std::vector<append_step> steps;
    std::deque<byte_vector> copies;
    std::uint64_t events = 0; ///< that begin in the steps
    std::uint64_t bytes = 0;  ///< of the steps' bodies
};

/// What of a batch lies in the window; without records where nothing does. Errors:
/// stream_errc::malformed.
result<record_batch> part_of_batch(const record_batch& batch, const import_window& window);

/// Decodes a piece, portion by portion, and drops what lies outside of the window. What it is made
/// of must outlive it.
class piece_reading {
  public:
    virtual ~piece_reading() = default;
    /// Adds the steps of the next portion; false when that was the last. Each step carries progress
    /// with the position behind it. Errors: stream_errc::malformed, errc::limit_exceeded;
    /// engine_errc::damaged_object when the piece does not hold the positions committed.
    virtual result<bool> next(piece_steps& to) = 0;
};

/// `bytes` are of a format whose pieces can be decoded each alone; `sum` is theirs, and tells the
/// checksums of the bodies that lie in them as they are. `fragments` is told of each event that
/// comes in fragments, over all pieces of a partition; it outlives the reading. Errors:
/// errc::unsupported_version.
result<std::unique_ptr<piece_reading>> read_records(
    const fetch_item& what,
    bytes_view bytes,
    const crc64nvme_track& sum,
    const format_context& context,
    const import_window& window,
    import_progress progress,
    event_sum& fragments
);

/// The same for blocks that have arrived whole, as far as the window asks for them in their frames.
std::unique_ptr<piece_reading> read_blocks(
    const fetch_item& what,
    const std::vector<block_arrival::framed>& blocks,
    const import_window& window,
    import_progress progress,
    event_sum& fragments
);

} // namespace sluice
