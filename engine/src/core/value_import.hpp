// engine: the appends that pieces of `delimited`, `lines` and `raw` objects become, one after the
// other: an event may begin in one and end in another. Pure.
#pragma once

#include "piece_steps.hpp"

#include <sluice/stream/values.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

namespace sluice {

/// Use for one partition's pieces, in order.
class value_import {
  public:
    /// Goes on where `progress` says, up to `until`; `end` is where the stream that is filled ends.
    /// Of all but `raw`, events before the progress and behind `until` are dropped; of that no
    /// piece may hold any. `raw` becomes events of `event_bytes`.
    value_import(
        object_format format,
        std::size_t event_bytes,
        import_progress progress,
        position end,
        std::optional<position> until = std::nullopt
    );

    /// Errors of all: as those of piece_reading.
    result<std::unique_ptr<piece_reading>> read(const fetch_item& what, bytes_view bytes);
    /// Nothing follows that could be read, up to `next`: what is held back becomes events as far as
    /// it can.
    result<void> interrupt(position next, piece_steps& to);
    /// What lies in `[first, next)` is missing, and with it the rest of an event that is open.
    void skip(position first, position next);
    const import_progress& progress() const { return progress_; }

  private:
    class reading;
    struct mark {
        position first;       ///< of a piece
        std::uint64_t at = 0; ///< content before it
    };

    result<void> enter(const fetch_item& what);
    void step_to(std::uint64_t consumed);
    void finish_at(position next);
    bool ends_before(position next) const { return window_.until && *window_.until <= next; }
    result<void> add(const record_batch& given, piece_steps& to);

    object_format format_;
    std::size_t event_bytes_;
    import_progress progress_;
    import_window window_;
    position end_;                           ///< of the stream that is filled
    std::unique_ptr<value_decoder> decoder_; ///< none: the next piece begins anew
    std::deque<mark> marks_;                 ///< of the pieces that hold what was not delivered yet
    std::uint64_t fed_ = 0;                  ///< bytes of content, since the decoder began
    std::uint64_t skipped_ = 0;              ///< of the first mark's piece, that were not fed
};

} // namespace sluice
