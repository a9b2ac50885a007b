// s3client: spare blocks for what Asio allocates on our behalf.
#pragma once

#include <sluice/base/spare_blocks.hpp>

#include <cstddef>

namespace sluice::s3 {

/// For handlers, of which many wait at the same time: Asio itself keeps memory for
/// two of each thread.
template <class T>
struct spare_allocator {
    using value_type = T;

    spare_allocator() = default;
    template <class U>
    spare_allocator(const spare_allocator<U>&) noexcept {}

    T* allocate(std::size_t n) {
        static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
        return static_cast<T*>(take_block(n * sizeof(T)));
    }
    void deallocate(T* from, std::size_t n) noexcept { give_block(from, n * sizeof(T)); }

    template <class U>
    friend bool operator==(const spare_allocator&, const spare_allocator<U>&) {
        return true;
    }
};

} // namespace sluice::s3
