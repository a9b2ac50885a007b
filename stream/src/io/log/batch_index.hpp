// stream: the batches of one segment that readers may see, with the block grid marked on them.
// Derived, disposable.
#pragma once

#include "segment_scan.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::log {

/// One visible batch.
struct indexed_batch {
    std::uint64_t body_at = 0; ///< in the file
    batch_header header;
    bool ends_block = false; ///< on the grid
};

/// Grows as the segment does. Use from one strand.
class batch_index {
  public:
    batch_index(const stream_place& at, std::shared_ptr<segment> of, const seed& with);

    /// Takes in what lies below the durable address. Errors: damaged, naming file, byte and
    /// positions.
    result<void> extend(std::uint64_t durable_address);

    /// The first batch that holds or follows `from`; the number of batches when none does.
    std::size_t find(const position& from) const;
    const std::vector<indexed_batch>& batches() const { return batches_; }
    const segment& of() const { return *segment_; }
    bool sealed() const { return sealed_; }
    /// Where the segment's visible batches end (its base when there are none).
    position end() const {
        return batches_.empty() ? segment_->header.base : batches_.back().header.next;
    }

  private:
    void take(const scanned& batch);
    void show(const indexed_batch& batch);
    failure damaged_at(std::uint64_t at, const std::string& why) const;

    const stream_place& place_;
    std::shared_ptr<segment> segment_;
    segment_scanner scanner_;
    std::vector<indexed_batch> batches_;
    std::vector<indexed_batch> open_event_; ///< held back until its event is whole
    std::uint64_t block_bytes_ = 0;         ///< since the last boundary
    bool sealed_ = false;
};

} // namespace sluice::log
