// stream: Avro blocks that are received into the memory from which they are appended. Pure.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/format.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

/// Takes whole blocks of an Avro object without codec, byte by byte as they come, and looks at each
/// once: where it will lie, its checksum, its records while they are hot. A body comes to lie in a
/// frame, so that appending it copies nothing.
class block_arrival {
  public:
    /// `room_behind`: for the progress, in each frame.
    block_arrival(frame_shape shape, std::size_t room_behind)
        : shape_(shape), room_behind_(room_behind) {}

    /// Memory that is enough for `size` bytes of blocks.
    std::size_t memory_for(std::uint64_t size) const;

    /// `size` bytes will come: blocks from `first` on, and nothing else. `memory` begins at a
    /// multiple of the shape's block, and outlives what is made of it.
    void
    begin(bytes_span memory, std::uint64_t size, const format_context& context, position first);
    /// Where the next bytes are to be put: at least one, at most `most`.
    bytes_span room(std::size_t most);
    void took(std::size_t n);

    /// All bytes are there, and are blocks as they should be. False for anything else: then nothing
    /// that was made is of use, but the checksum is right once all bytes were taken.
    bool is_whole() const { return taken_ == size_ && !odd_ && !in_body_ && between_ == sync_size; }
    std::uint64_t crc64nvme() const { return crc_; } ///< of all bytes taken

    struct framed {
        record_batch batch; ///< with its checksum
        bytes_span frame;   ///< empty: none
    };
    const std::vector<framed>& batches() const { return batches_; }

  private:
    static constexpr std::size_t sync_size = 16;
    static constexpr std::size_t longest_between = sync_size + 2 * 10;

    void look_between();
    void begin_body(std::uint64_t records, std::uint64_t size);
    void end_body();
    void describe(bytes_view body);

    frame_shape shape_;
    std::size_t room_behind_;
    bytes_span memory_;
    std::uint64_t size_ = 0, taken_ = 0;
    std::array<std::byte, sync_size> sync_{};
    position next_;
    std::uint64_t crc_ = 0;
    bool odd_ = false;
    bool in_body_ = false;
    std::size_t sync_expected_ = 0; ///< before the next block: none, or all of it
    std::array<std::byte, longest_between> waiting_{}; ///< what stands between two bodies
    std::size_t between_ = 0;                          ///< bytes of it
    std::size_t used_ = 0;                             ///< of the memory, by whole frames
    std::size_t frame_at_ = 0, frame_size_ = 0;
    std::size_t body_at_ = 0, body_size_ = 0, body_taken_ = 0;
    std::uint64_t body_records_ = 0, body_crc_ = 0;
    std::vector<framed> batches_;
};

} // namespace sluice
