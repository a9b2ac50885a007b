// engine: where reading values must begin.
#include "value_entry.hpp"

namespace sluice {

bool begins_inside(const fetch_item& piece, position from) {
    return !piece.gap && piece.first < from && piece.first.offset != 0;
}

bool value_entry::note(const fetch_item& next) {
    position entry = next.first;
    if (!next.gap && next.first.offset != 0) {
        // The event begins in the piece before, or further ahead where that one is inside it, too.
        entry.offset = 0;
        if (!gap_ && entry_ < entry) entry = entry_;
    }
    if (next.next > from_) {
        if (begins_inside(next, from_)) place_ = entry;
        return false;
    }
    gap_ = next.gap;
    entry_ = entry;
    return true;
}

} // namespace sluice
