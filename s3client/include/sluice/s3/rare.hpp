// s3client: values that are mostly not there.
#pragma once

#include <sluice/base/spare_blocks.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace sluice::s3 {

/// A `T` that takes room only once it has been given a value; before, it reads as `T()`. A value
/// itself: copies are copies.
template <class T>
class rare {
  public:
    rare() = default;
    rare(T value) : at_(std::make_unique<kept>(std::move(value))) {}
    rare(const rare& other) : at_(other.at_ ? std::make_unique<kept>(*other.at_) : nullptr) {}
    rare(rare&&) noexcept = default;
    rare& operator=(const rare& other) {
        if (this != &other) *this = rare(other);
        return *this;
    }
    rare& operator=(rare&&) noexcept = default;
    ~rare() = default;

    const T& operator*() const {
        static const T nothing{};
        return at_ ? at_->value : nothing;
    }
    const T* operator->() const { return &**this; }

  private:
    struct kept {
        explicit kept(T given) : value(std::move(given)) {}
        static void* operator new(std::size_t size) { return take_block(size); }
        static void operator delete(void* it, std::size_t size) { give_block(it, size); }
        T value;
    };
    std::unique_ptr<kept> at_;
};

} // namespace sluice::s3
