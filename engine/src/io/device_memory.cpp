// engine: memory that a device takes bytes from without a copy.
#include "device_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace sluice {

namespace {

constexpr std::size_t huge_page = 2 << 20, small_page = 4 << 10;

} // namespace

void device_memory::freed::operator()(std::byte* memory) const {
    if (mapped == nullptr)
        std::free(memory);
    else
        ::munmap(mapped, bytes);
}

device_memory::owned device_memory::of_heap(std::size_t size) {
    owned made(static_cast<std::byte*>(std::aligned_alloc(small_page, size)));
    if (!made) throw std::bad_alloc();
    return made;
}

/// Of the system and not of malloc, which keeps what is given back, whatever it comes to.
device_memory::owned device_memory::of_huge_pages(std::size_t size) {
    freed how;
    how.bytes = size + huge_page;
    constexpr int access = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
    how.mapped = ::mmap(nullptr, how.bytes, access, kind, -1, 0);
    if (how.mapped == MAP_FAILED) throw std::bad_alloc();
    void* begin = how.mapped;
    std::size_t room = how.bytes;
    std::align(huge_page, size, begin, room);
    ::madvise(begin, size, MADV_HUGEPAGE); // else small pages do
    return owned(static_cast<std::byte*>(begin), how);
}

/// Of 2 MiB and more in huge pages: one of them is one range of memory to the device, instead of
/// hundreds.
void device_memory::reset(std::size_t size, std::size_t usual) {
    if (size > capacity_) {
        memory_.reset();
        capacity_ = held_ = 0;
        const bool small = size < huge_page;
        const std::size_t grain = small ? small_page : huge_page;
        const std::size_t wanted =
            (std::max(size, small ? size : usual) + grain - 1) / grain * grain;
        memory_ = small ? of_heap(wanted) : of_huge_pages(wanted);
        capacity_ = wanted;
    }
    size_ = size;
    held_ = std::max(held_, size);
}

} // namespace sluice
