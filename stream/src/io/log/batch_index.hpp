// stream: the blocks of one segment that readers may see, and the batches in them. Derived,
// disposable.
#pragma once

#include "segment_scan.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::log {

/// One visible batch.
struct indexed_batch {
    std::uint64_t body_at = 0; ///< in the file
    batch_header header;
};

/// Visible batches from one boundary of the block grid to the next, or as many as there are yet.
struct indexed_block {
    block_outline outline;          ///< on_grid: the boundary behind it is known
    std::uint64_t at = 0;           ///< where its first batch begins in the file
    std::uint64_t end = 0;          ///< behind its last batch
    std::uint64_t first_stored = 0; ///< bytes of its first batch in the file
    bool one_batch = false;         ///< and that not compressed: it follows from the outline
};

/// Holds the batches of an event back until its last fragment is there.
class visible_batches {
  public:
    /// Takes the next batch; returns those that have become visible. They stay until the next call.
    const std::vector<indexed_batch>& take(const scanned& batch);
    /// What is still held back.
    const std::vector<indexed_batch>& held() const { return held_; }

  private:
    std::vector<indexed_batch> held_;
    std::vector<indexed_batch> shown_;
};

/// Keeps a hundred bytes for each block, and batches of two blocks only: a segment may hold
/// millions. Reads no further than it is asked to. Use from one strand.
class batch_index {
  public:
    batch_index(const stream_place& at, std::shared_ptr<segment> of, const seed& with);

    /// Takes in what lies below the durable address, up to the boundary behind `until`. Errors:
    /// damaged, naming file, byte and positions; errc::unsupported_version.
    result<void> extend(std::uint64_t durable_address, const position& until);

    /// The block that holds or follows `from`; null when there is none. It and what it holds stay
    /// good until the next `extend`.
    const indexed_block* find(const position& from) const;
    /// Whether a block lies there to which nothing will be added.
    bool has_whole(const position& place) const;
    /// The last block that begins before `place`; null when there is none.
    const indexed_block* before(const position& place) const;
    /// Its batches. They stay good until the next call.
    result<const std::vector<indexed_batch>*> batches_of(const indexed_block& block);
    const segment& of() const { return *segment_; }
    bool sealed() const { return sealed_; }

  private:
    void show(const indexed_batch& batch);
    void close_block();
    position end() const;
    failure unreadable(failure why) const;
    failure refused_at(const scanned& found) const;

    const stream_place& place_;
    const seed& with_;
    std::shared_ptr<segment> segment_;
    segment_scanner scanner_;
    visible_batches visible_;
    std::vector<indexed_block> blocks_;
    indexed_block open_; ///< behind the last boundary
    std::vector<indexed_batch> open_batches_;
    std::vector<indexed_batch> loaded_; ///< of the block at `loaded_at_`
    std::uint64_t loaded_at_ = 0;       ///< 0: of none
    bool sealed_ = false;
};

} // namespace sluice::log
