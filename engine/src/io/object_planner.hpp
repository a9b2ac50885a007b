// engine: cuts one object into parts, with sizes and checksums known before a byte is sent.
#pragma once

#include "../core/object_end.hpp"
#include "../core/part_plan.hpp"
#include "block_source.hpp"

#include <sluice/base/breath.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace sluice {

/// Where one object begins, and the rules that say where it and its parts end.
struct object_rules {
    position first;
    std::uint64_t target_bytes = 0;
    std::uint64_t part_size = 0;
    std::optional<position> sealed_at; ///< decided earlier: the object ends exactly here
    /// Asked between blocks: up to where they may be taken. May wait for events. Null: up to
    /// `sealed_at`, else to the source's end.
    std::function<task<result<object_room>>(const object_layout&)> room;
    /// Whether a part that is full waits for the next block, to learn whether it is the last one.
    bool look_ahead = true;
};

/// Walks the blocks of one object and gives its parts in order. The same rules on the same stream
/// give the same parts, in every run. Use from one strand; cancellation: terminal, the planner is
/// then to be dropped.
class object_planner {
  public:
    object_planner(block_source& from, const object_rules& rules);

    /// The next part; nullopt after the last one, or at once when there is nothing to export.
    /// Without look_ahead also nullopt when the part before turns out to have been the last one.
    /// Errors: what the reader says; stream_errc::diverged; what `room` says.
    task<result<std::optional<planned_part>>> next();

    /// Complete once the last part was given.
    const object_layout& layout() const { return layout_; }
    bool finished() const { return finished_; }
    /// The block that the object ends with is known (not yet that all its bytes were planned).
    bool end_is_known() const { return no_more_blocks_; }

  private:
    task<result<object_room>> room();
    task<result<void>> load_block();
    task<result<void>> load_first_block();
    position reached() const;
    task<result<void>> fill(planned_part& part);
    task<result<shared_shape>> next_block(position end);
    task<result<void>> take(planned_part& part, std::uint64_t room);
    task<result<std::uint64_t>> slice_crc(const slice& cut);

    block_source& from_;
    object_rules rules_;
    object_layout layout_;
    bool finished_ = false;
    bool no_more_blocks_ = false;
    unsigned parts_ = 0;
    slice rest_; ///< of the header or the current block: what no part has taken yet
    std::optional<slice> first_block_; ///< while the header is not taken whole
    std::uint64_t prefix_crc_ = 0;     ///< of the current block's bytes before `rest_`
    std::uint64_t object_crc_ = 0;
    std::uint64_t object_bytes_ = 0;
    breath turn_; ///< blocks whose outlines are at hand come without suspension
};

} // namespace sluice
