// stream: bulk written past the page cache.
#pragma once

#include "file_system.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace sluice::log {

/// No device asks for larger blocks.
inline constexpr std::size_t write_block = 4096;

/// Writes whole blocks of a file by O_DIRECT. The kernel then neither allocates nor copies into
/// pages: on the machine of docs/performance.md a fifth of the CPU time. What others read of the
/// file through the cache stays right: the kernel drops the pages that were written over.
class direct_write {
  public:
    /// For the file behind `descriptor`. Null where that is of no use (a file system in memory) or
    /// not possible.
    static std::unique_ptr<direct_write> open(int descriptor);
    ~direct_write();
    direct_write(const direct_write&) = delete;
    direct_write& operator=(const direct_write&) = delete;

    /// Which bytes of a write can go this way.
    struct share {
        std::uint64_t before = 0; ///< bytes up to the first whole block
        std::uint64_t bytes = 0;  ///< of whole blocks; 0: not worth it
    };
    static share share_of(std::uint64_t at, std::uint64_t bytes);

    /// `pieces` side by side: whole blocks, from a block's beginning on. What lies in memory as in
    /// the file, block by block, goes out from there; the rest is copied. nullopt: done; else the
    /// errno, and some of the bytes may be there. Blocks.
    std::optional<int> write(std::uint64_t at, std::span<const bytes_view> pieces);

  private:
    explicit direct_write(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

/// Whether the file behind `descriptor` lies on no disk.
bool lies_in_memory(int descriptor);

/// Bytes `from` up to `from + size` of pieces that lie side by side.
std::vector<bytes_view>
cut_pieces(std::span<const bytes_view> pieces, std::uint64_t from, std::uint64_t size);

} // namespace sluice::log
