// engine: events out of pieces that hold values only, to be looked at and not kept. Pure.
#pragma once

#include "fetch_plan.hpp"

#include <sluice/base/result.hpp>
#include <sluice/stream/encoding.hpp>
#include <sluice/stream/values.hpp>

#include <memory>

namespace sluice {

/// Use for pieces of one partition, in order; the first one must begin with an event, or in `raw`
/// anywhere. Memory: as value_decoder.
class value_reading {
  public:
    explicit value_reading(object_encoding as) : as_(as) {}

    /// Gives the events that end in the piece, and fragments of one that does not. Of `raw`, where
    /// nothing tells events apart, runs of bytes, with the sequence of the piece. Errors:
    /// malformed, with what is wrong with the piece; errc::limit_exceeded; what `to` says.
    result<void> read(const fetch_item& what, bytes_view bytes, const object_decoder::deliver& to);

  private:
    result<void> enter(const fetch_item& what);

    object_encoding as_;
    std::unique_ptr<value_decoder> decoder_; ///< none: the next piece begins anew
};

} // namespace sluice
