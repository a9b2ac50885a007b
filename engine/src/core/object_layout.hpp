// engine: where an object ends and what its commit will say of it. Pure: shapes of blocks in,
// values out.
#pragma once

#include <sluice/engine/commit.hpp>
#include <sluice/stream/batch.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// A block as it will be sent: what it holds, how long it is, and its CRC64NVME.
struct block_shape {
    block_outline outline;
    std::uint64_t bytes = 0;
    std::uint64_t crc64nvme = 0;
    /// What readers decompress it to, at most; 0 where nothing is compressed.
    std::uint64_t expanded = 0;
    /// Where objects are cut at exact bytes: the block that is read and encoded, of which these are
    /// the bytes from `skipped` on.
    std::optional<block_outline> cut_from;
    std::uint64_t skipped = 0;

    /// What is read to make the bytes.
    const block_outline& whole() const { return cut_from ? *cut_from : outline; }
};

/// Immutable once made: all that send the block look at the same one.
using shared_shape = std::shared_ptr<const block_shape>;

inline constexpr std::uint64_t largest_object_bytes = std::uint64_t{4} << 30;
inline constexpr std::uint64_t smallest_piece_bytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t largest_piece_bytes = std::uint64_t{16} << 20;
inline constexpr std::size_t most_pieces = 256;
/// A piece expands to at most this much more than `most_piece_expansion` times its size: half of
/// what readers accept.
inline constexpr std::uint64_t expanded_piece_bytes = std::uint64_t{32} << 20;
inline constexpr std::uint64_t most_piece_expansion = 1000;

/// Bytes of a piece that an object of this target size is cut into: 1–16 MiB, so that 256 suffice.
std::uint64_t piece_target(std::uint64_t object_target);

/// Part size for an object of this target size where nobody chose one: 16 MiB, more when the
/// service's 10,000 parts would not do.
std::uint64_t automatic_part_size(std::uint64_t object_target);

/// Collects the blocks of one object. The same blocks always give the same object: nothing here
/// depends on when, where or in which parts it is sent.
class object_layout {
  public:
    /// `header` is the shape of the bytes before the first block (its outline is not looked at).
    object_layout(position first, std::uint64_t target_bytes, const block_shape& header);

    /// False when the block belongs to the next object: this one has no room for another piece.
    bool accepts(const block_shape& block) const;
    void add(const block_shape& block);
    /// The target size is reached.
    bool full() const { return has_blocks() && bytes_ >= target_bytes_; }
    bool has_blocks() const { return next_ != first_; }

    position first() const { return first_; }
    position next() const { return next_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t crc64nvme() const { return crc_; }
    std::uint64_t events() const { return events_; }
    std::optional<time_range> times() const { return times_; }
    const std::vector<piece>& pieces() const { return pieces_; }

  private:
    bool opens_piece(const block_shape& block) const;

    position first_;
    position next_;
    std::uint64_t target_bytes_;
    std::uint64_t piece_target_;
    std::uint64_t bytes_;
    std::uint64_t crc_;
    std::uint64_t events_ = 0;
    std::optional<time_range> times_;
    std::vector<piece> pieces_; ///< the last one is open
    std::uint64_t open_piece_bytes_;
    std::uint64_t open_piece_expanded_ = 0;
};

} // namespace sluice
