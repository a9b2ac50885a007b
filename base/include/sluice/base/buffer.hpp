// base: memory that is written before it is read: not zeroed, movable, and fit to be used again.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

class buffer {
  public:
    buffer() = default;
    explicit buffer(std::size_t size) { reset(size); }
    buffer(buffer&& other) noexcept
        : memory_(std::move(other.memory_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    /// Makes it `size` bytes of unspecified content; keeps the memory when it is large enough.
    void reset(std::size_t size) {
        if (size > capacity_) {
            memory_.reset(new std::byte[size]);
            capacity_ = size;
        }
        size_ = size;
    }
    /// Cuts to the first `size` bytes.
    void shrink(std::size_t size) { size_ = size < size_ ? size : size_; }

    bytes_span span() { return {memory_.get(), size_}; }
    bytes_view view() const { return {memory_.get(), size_}; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }

  private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace sluice
