// base: the CRC64NVME of bytes that arrive, and afterwards of any range of them. Pure.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// Checksums bytes once, as they come and are hot, and remembers the register every 16 KiB: the
/// checksum of a range then costs the reading of its two ends, not of all of it.
class crc64nvme_track {
  public:
    /// Forgets everything.
    void restart();
    /// The bytes that follow those taken before.
    void take(bytes_view more);
    /// Of everything taken.
    std::uint64_t value() const { return value_; }
    std::size_t size() const { return size_; }
    /// Of bytes `begin` up to `end` of `all`, which are the bytes that were taken, side by side.
    /// begin <= end <= size() == all.size().
    std::uint64_t of(bytes_view all, std::size_t begin, std::size_t end) const;

  private:
    std::uint64_t of_first(bytes_view all, std::size_t size) const;

    std::vector<std::uint64_t> marks_; ///< the n-th: of the first n steps
    std::uint64_t value_ = 0;
    std::size_t size_ = 0;
};

} // namespace sluice
