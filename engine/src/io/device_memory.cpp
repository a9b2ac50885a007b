// engine: memory that a device takes bytes from without a copy.
#include "device_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace sluice {

namespace {

constexpr std::size_t huge_page = 2 << 20;

} // namespace

void device_memory::freed::operator()(std::byte* memory) const {
    std::free(memory);
}

/// In huge pages: one of them is one range of memory to the device, instead of hundreds.
void device_memory::reset(std::size_t size, std::size_t usual) {
    if (size > capacity_) {
        memory_.reset();
        capacity_ = (std::max(size, usual) + huge_page - 1) / huge_page * huge_page;
        memory_.reset(static_cast<std::byte*>(std::aligned_alloc(huge_page, capacity_)));
        if (!memory_) {
            capacity_ = 0;
            throw std::bad_alloc();
        }
        ::madvise(memory_.get(), capacity_, MADV_HUGEPAGE); // else small pages do
    }
    size_ = size;
}

} // namespace sluice
