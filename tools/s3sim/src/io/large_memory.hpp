// s3sim: memory for bodies, in huge pages where the kernel gives them.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstddef>
#include <utility>

namespace sluice::sim {

/// Bytes of unspecified content. Large blocks come from the kernel and go back to it at once, so
/// that a deleted object frees its memory; faults of 4 KiB each would cost more than the copy.
class large_memory {
  public:
    /// Throws std::bad_alloc.
    explicit large_memory(std::size_t size);
    ~large_memory();
    large_memory(large_memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    large_memory& operator=(large_memory&&) = delete;

    bytes_span span() { return {data_, size_}; }
    bytes_view view() const { return {data_, size_}; }

  private:
    std::byte* data_;
    std::size_t size_;
};

} // namespace sluice::sim
