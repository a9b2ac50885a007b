// engine: memory that a device takes bytes from without a copy.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

/// Uninitialised, aligned to 4096 bytes, worth using again.
class device_memory {
  public:
    device_memory() = default;
    device_memory(device_memory&& other) noexcept { *this = std::move(other); }
    device_memory& operator=(device_memory&& other) noexcept {
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        held_ = std::exchange(other.held_, 0);
        return *this;
    }

    /// Makes it `size` bytes of unspecified content. Where it must be taken anew, and is 2 MiB or
    /// more, so that up to `usual` bytes will fit later: what has not been written to costs
    /// nothing. Throws std::bad_alloc.
    void reset(std::size_t size, std::size_t usual);
    std::size_t capacity() const { return capacity_; }
    bytes_span span() { return {memory_.get(), size_}; }
    /// Bytes that have been asked for since the memory was taken: so many may have been written to,
    /// and are held.
    std::size_t held() const { return held_; }

  private:
    struct freed {
        freed() : mapped(nullptr), bytes(0) {}
        void* mapped; ///< null: it is malloc's
        std::size_t bytes;
        void operator()(std::byte* memory) const;
    };
    using owned = std::unique_ptr<std::byte[], freed>;
    static owned of_heap(std::size_t size);
    static owned of_huge_pages(std::size_t size);

    owned memory_;
    std::size_t size_ = 0, capacity_ = 0, held_ = 0;
};

} // namespace sluice
