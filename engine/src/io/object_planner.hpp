// engine: cuts one object into parts, with sizes and checksums known before a byte is sent.
#pragma once

#include "../core/part_plan.hpp"
#include "block_source.hpp"

#include <cstdint>
#include <optional>

namespace sluice {

/// Where one object begins, and the rules that say where it and its parts end.
struct object_rules {
    position first;
    std::uint64_t target_bytes = 0;
    std::uint64_t part_size = 0;
    std::optional<position> sealed_at; ///< decided earlier: the object ends exactly here
};

/// Walks the blocks of one object and gives its parts in order. The same rules on the same stream
/// give the same parts, in every run. Use from one strand; cancellation: terminal, the planner is
/// then to be dropped.
class object_planner {
  public:
    object_planner(block_source& from, const object_rules& rules);

    /// The next part; nullopt after the last one, or at once when there is nothing to export.
    /// Errors: what the reader says; stream_errc::diverged.
    task<result<std::optional<planned_part>>> next();

    /// Complete once the last part was given.
    const object_layout& layout() const { return layout_; }
    bool finished() const { return finished_; }

  private:
    task<result<void>> load_block();
    task<result<block_shape>> next_block(position end);
    task<result<void>> take(planned_part& part, std::uint64_t room);
    task<result<std::uint64_t>> slice_crc(const slice& cut);

    block_source& from_;
    object_rules rules_;
    object_layout layout_;
    bool finished_ = false;
    bool no_more_blocks_ = false;
    unsigned parts_ = 0;
    slice rest_; ///< of the header or the current block: what no part has taken yet
    std::uint64_t prefix_crc_ = 0; ///< of the current block's bytes before `rest_`
    std::uint64_t object_crc_ = 0;
    std::uint64_t object_bytes_ = 0;
};

} // namespace sluice
