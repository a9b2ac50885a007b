// stream: the records of a block, fetched from a segment and compared with their checksums.
#pragma once

#include "../../core/batch_body.hpp"
#include "batch_index.hpp"

#include <sluice/base/buffer.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace sluice::log {

/// Where bytes that lie in the segment as they are read are compared with their checksums.
enum class comparing { here = 1, elsewhere };

/// Use from one strand; keeps memory for one batch, twice where it is compressed. Errors of all:
/// damaged, naming file, byte and positions; io_error.
class block_reader {
  public:
    explicit block_reader(std::string stream) : stream_(std::move(stream)) {}

    /// The outline of what lies in `[from, end)` of a block.
    result<block_outline> part_of(
        batch_index& index, const indexed_block& block, const position& from, const position& end
    );
    /// The records of an outline that lies in this block; `into` has its size. Errors: also
    /// out_of_range, when it is not an outline of this block.
    result<void> read(
        batch_index& index,
        const indexed_block& block,
        const block_outline& what,
        bytes_span into,
        comparing where = comparing::here
    );
    /// The CRC64 of the last record before `next` in a batch that begins before it.
    result<std::uint64_t>
    last_record(const batch_index& index, const indexed_batch& batch, const position& next);

  private:
    using batches = std::span<const indexed_batch>;

    result<void>
    add_part(block_outline& to, const batch_index& index, const indexed_batch& batch, position end);
    result<void> load(
        const batch_index& index,
        const indexed_batch& batch,
        bytes_span into,
        comparing where = comparing::here
    );
    result<bytes_view> load(const batch_index& index, const indexed_batch& batch);
    result<void> compare(
        const batch_index& index, const indexed_batch& batch, bytes_view body, comparing where
    ) const;
    result<std::size_t> read_next(
        const batch_index& index,
        batches& left,
        const block_outline& what,
        bytes_span into,
        comparing where
    );
    result<std::size_t> read_part(
        const batch_index& index,
        const indexed_batch& batch,
        const block_outline& what,
        bytes_span into
    );
    result<std::size_t> read_small_ones(
        const batch_index& index,
        batches& left,
        const block_outline& what,
        bytes_span into,
        comparing where
    );
    failure unreadable(failure why, const position& from, const position& to) const;
    failure damaged_body(const batch_index& index, const indexed_batch& batch) const;
    failure not_that_block(const block_outline& what) const;

    std::string stream_;
    buffer scratch_; ///< records
    buffer stored_;  ///< a compressed body
    body_codec codec_;
};

} // namespace sluice::log
