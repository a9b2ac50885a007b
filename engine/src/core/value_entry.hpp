// engine: where reading values must begin. Pure.
#pragma once

#include "fetch_plan.hpp"

namespace sluice {

/// The piece holds `from` and begins inside an event: what it begins with cannot be told from it.
bool begins_inside(const fetch_item& piece, position from);

/// A piece that begins inside an event can be read from where that event begins, in another piece,
/// which may begin inside an event as well, and so on. Told of all pieces and gaps from the start.
class value_entry {
  public:
    explicit value_entry(position from) : from_(from), place_(from) {}

    /// False: enough is known.
    bool note(const fetch_item& next);
    position place() const { return place_; }

  private:
    position from_;
    position place_;
    position entry_;  ///< of the piece before: where reading it begins
    bool gap_ = true; ///< that was a gap, or there was none
};

} // namespace sluice
