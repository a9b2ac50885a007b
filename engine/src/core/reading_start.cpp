// engine: which objects, and which of their pieces, a reading from some place on needs.
#include "reading_start.hpp"

#include <algorithm>

namespace sluice {

namespace {

position end_of_piece(const committed_object& object, std::size_t n) {
    return n + 1 < object.pieces.size() ? object.pieces[n + 1].first : object.next;
}

} // namespace

std::optional<position>
first_piece_since(const committed_object& object, position from, std::int64_t since) {
    if (object.next <= from || !object.times || object.times->max < since) return std::nullopt;
    for (std::size_t n = 0; n < object.pieces.size(); ++n) {
        const piece& each = object.pieces[n];
        const bool may_hold = each.times && each.times->max >= since;
        if (may_hold && end_of_piece(object, n) > from) return std::max(each.first, from);
    }
    return std::nullopt;
}

} // namespace sluice
