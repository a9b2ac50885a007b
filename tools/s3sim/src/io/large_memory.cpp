// s3sim: memory by mmap above a limit, by new below it.
#include "io/large_memory.hpp"

#include <new>

#include <sys/mman.h>

namespace sluice::sim {

namespace large_memory_detail {

constexpr std::size_t mapped_from = std::size_t(1) << 20;

} // namespace large_memory_detail

large_memory::large_memory(std::size_t size) : data_(nullptr), size_(size) {
    if (size < large_memory_detail::mapped_from) {
        data_ = new std::byte[size];
        return;
    }
    void* const got =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) throw std::bad_alloc();
    ::madvise(got, size, MADV_HUGEPAGE); // A wish; without it everything works, slower.
    data_ = static_cast<std::byte*>(got);
}

large_memory::~large_memory() {
    if (size_ < large_memory_detail::mapped_from) {
        delete[] data_;
    } else {
        ::munmap(data_, size_);
    }
}

} // namespace sluice::sim
