// engine: which pieces of which objects an import reads, and in which order. Pure.
#pragma once

#include <sluice/engine/committed_range.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// One range GET, or a recorded gap.
struct fetch_item {
    bool gap = false; ///< nothing to read: `[first, next)` is recorded as missing
    std::string why;  ///< of a gap
    position first;
    position next;
    std::string key;      ///< relative to the folder
    std::uint64_t at = 0; ///< first byte
    std::uint64_t size = 0;
    std::uint64_t crc64nvme = 0;
    bool inside =
        false; ///< the range begins at a block inside the object: no object header comes first
    std::string format; ///< as the commit names it
    std::string codec;
    std::uint64_t commit = 0; ///< a hint for people and for resuming
    std::uint64_t piece = 0;
    std::vector<fetch_item> pieces; ///< of one that covers several: each alone
};

/// Up to how many bytes of pieces one request brings, in an import with so much memory that makes
/// so many requests at once: to ask and to append cost what some hundred KiB do, so the fewer
/// requests there are, the more each brings.
std::uint64_t bytes_together(std::uint64_t memory, unsigned at_once);
/// So many at once in the beginning, unless a number was asked for.
constexpr unsigned ranges_at_first = 2;
/// Whether one request may bring both: pieces of whole blocks, side by side in one object.
bool may_join(const fetch_item& before, const fetch_item& next);
/// Makes of an item, which may be several already, one that covers the next one, too.
void join(fetch_item& to, fetch_item next);

/// An event whose beginning is missing is missing as a whole: where events begin again behind a gap
/// that ends at `next`.
position gap_end(position next);

/// Which part of a partition is fetched.
struct fetch_window {
    position from;
    std::optional<position> until;
    /// Gaps that end there or before it are not told, though reading may begin earlier.
    position known_gaps{};
};

/// Appends what is to be fetched of one range; ranges come in order. A gap moves the window's begin
/// to its end, for of an event that it reaches into nothing is read. False: nothing that comes
/// later is of the window.
bool add_fetches(
    std::vector<fetch_item>& items, const committed_range& range, fetch_window& within
);

} // namespace sluice
