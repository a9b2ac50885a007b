// stream: one partition as a reader sees it: segments, indexes of the latest ones, the durable end.
#pragma once

#include "batch_index.hpp"
#include "slot_file.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::log {

/// Use from one strand.
class partition_view {
  public:
    partition_view(const stream_place& at, std::uint32_t partition, const seed& with);

    /// Looks at the watermark again. Errors: what reading it says.
    result<watermark> look();
    /// Where the oldest segment begins.
    result<position> first();

    /// The index of the segment that holds or follows `from`, taken in behind `from`; null when the
    /// partition has none. A reference stays good until the next call. Errors: errc::not_found when
    /// that segment has been removed; damaged when the watermark tells of more than is there.
    result<batch_index*> index_at(const position& from);

  private:
    result<void> list();
    batch_index* known_at(const position& from);
    std::optional<std::size_t> segment_for(const position& from) const;
    result<batch_index*> seen_at(const position& from);
    result<batch_index*> index_of(std::size_t segment, const position& until);
    /// Which of the segments follows this one; nullopt when it is the last.
    result<std::optional<std::size_t>> behind(std::uint64_t ordinal);
    /// That the partition's stored bytes end at this address. Errors: damaged.
    result<void> nothing_behind(std::uint64_t address) const;
    /// The same, behind a segment that no other follows.
    result<void> ends_with(const segment& last) const;

    const stream_place& at_;
    std::uint32_t partition_;
    const seed& with_;
    slot_file mark_;
    bool mark_open_ = false;
    watermark seen_;
    std::vector<segment_place> segments_;
    struct kept {
        std::uint64_t ordinal = 0;
        std::unique_ptr<batch_index> index;
    };
    std::deque<kept> indexes_; ///< of the segments used last
};

} // namespace sluice::log
