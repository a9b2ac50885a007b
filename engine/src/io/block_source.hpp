// engine: one partition in one format: shapes of its blocks, and their bytes through the shared
// cache.
#pragma once

#include "../core/object_layout.hpp"
#include "block_cache.hpp"

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/reader.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

namespace sluice {

/// What all lanes that export one partition in one format share: read once, encoded once,
/// checksummed once. A lane that lags behind what is remembered causes a second reading, and
/// nothing else. Use from one strand; must outlive its lanes.
class block_source {
  public:
    /// `end`: exports go no further. `id` tells sources apart in the cache.
    block_source(
        reader& from,
        block_cache& cache,
        std::uint32_t id,
        object_encoding encoding,
        format_context context,
        position end
    );

    object_encoding encoding() const { return encoding_; }
    const format_context& context() const { return context_; }
    /// The bytes before the first block of every object, and their shape.
    const byte_vector& object_header() const { return header_; }
    block_shape header_shape() const;
    position end() const { return end_; }
    /// Nothing beyond `end` is to be exported, whatever the stream gets.
    bool end_is_final() const { return final_; }
    /// The end moves with the stream from now on, until it reaches `limit`, if there is one.
    void follow(std::optional<position> limit);
    void end_moved_to(position end);
    reader& stream() { return from_; }

    /// Lanes that will use each block; a lane joins when it starts and leaves when it ends. The
    /// last one leaves no blocks behind.
    void join() { ++users_; }
    void leave() {
        if (--users_ == 0) cache_.forget(id_);
    }

    /// The block from `from` to the grid's next boundary, or to `end` (at most the source's) if
    /// that is earlier; its outline is empty when `from` is `end`.
    task<result<shared_shape>> shape(position from, position end);
    /// Of a block, as many bytes as the object has room for, where objects are cut at exact bytes.
    /// Empty when nothing of it fits.
    task<result<shared_shape>> cut(const block_shape& shape, std::uint64_t room);
    /// Its bytes, checked against the shape; they begin at `shape.skipped`. Errors:
    /// stream_errc::damaged, stream_errc::diverged.
    task<result<shared_block>> bytes(const block_shape& shape);
    /// Who compares bytes that a reader gives with their checksum: it does, or the store to which
    /// they are sent with it.
    enum class verified { here = 1, by_store };
    /// The same, where the caller is the only one, or shares them himself. For bytes that the store
    /// has refused ask again, verified here: that tells what is wrong with them.
    task<result<shared_block>> bytes_once(const block_shape& shape, verified by = verified::here);
    /// Whether these are the bytes of that shape, by their checksum.
    static bool are_of(const block_shape& shape, const buffer& bytes);
    /// The CRC64NVME of `[begin, end)` of a block's bytes; remembered, because all lanes cut alike.
    task<result<std::uint64_t>>
    crc_within(const block_shape& shape, std::uint64_t begin, std::uint64_t end);
    /// A lane has sent the whole block.
    void used(const block_shape& shape) { cache_.used(cache_key(shape.whole())); }

    std::uint64_t bytes_read() const { return bytes_read_; } ///< of the stream

  private:
    task<result<shared_shape>> whole_shape(position from, position end);
    task<result<shared_shape>> shape_around(position from, position end);
    task<result<shared_shape>> exact_shape(position from, position end);
    task<result<shared_shape>> part_of(const block_shape& whole, position from, position to);
    task<result<buffer>> body_of(const block_outline& outline);
    block_cache::key cache_key(const block_outline& outline) const;
    task<result<shared_block>> bytes_for(const block_shape& shape, unsigned users, verified by);
    task<result<shared_block>>
    make(const block_outline& outline, unsigned users, verified by = verified::here);
    task<result<void>> learn_rest(const block_outline& outline, open_block& block);
    void remember(shared_shape shape);

    reader& from_;
    block_cache& cache_;
    std::uint32_t id_;
    object_encoding encoding_;
    format_context context_;
    byte_vector header_;
    position end_;
    bool final_ = true;
    std::optional<position> limit_;
    unsigned users_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::optional<position> fits_; ///< an event that goes on behind its block, and was looked at
    std::map<position, shared_shape> shapes_;
    /// By beginning and end of the block, and of the bytes in it.
    std::map<std::tuple<position, position, std::uint64_t, std::uint64_t>, std::uint64_t> cuts_;
};

} // namespace sluice
