// engine: the appends that one verified piece becomes. Pure.
#pragma once

#include "fetch_plan.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/format.hpp>

#include <deque>
#include <vector>

namespace sluice {

/// Appends that point into the piece's bytes where they can, and into `copies` where they cannot.
struct piece_steps {
    std::vector<append_step> steps;
    std::deque<byte_vector> copies;
    std::uint64_t events = 0; ///< that begin in the steps
};

/// Decodes a piece and drops what comes before `from`. Each step carries `progress` with the
/// position behind it. Errors: stream_errc::malformed; engine_errc::damaged_object when the piece
/// does not hold the positions committed.
result<piece_steps> steps_of_piece(
    const fetch_item& what,
    bytes_view bytes,
    object_format format,
    const format_context& context,
    position from,
    import_progress progress
);

} // namespace sluice
