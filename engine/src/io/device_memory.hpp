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
        return *this;
    }

    /// Makes it `size` bytes of unspecified content. Where it must be taken anew, so that up to
    /// `usual` bytes will fit later: what has not been written to costs nothing. Throws
    /// std::bad_alloc.
    void reset(std::size_t size, std::size_t usual);
    bytes_span span() { return {memory_.get(), size_}; }
    std::size_t capacity() const { return capacity_; }

  private:
    struct freed {
        void operator()(std::byte* memory) const;
    };
    std::unique_ptr<std::byte[], freed> memory_;
    std::size_t size_ = 0, capacity_ = 0;
};

} // namespace sluice
