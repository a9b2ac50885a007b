// base: small blocks of memory that are used again by the thread that was done with them.
#pragma once

#include <cstddef>

namespace sluice {

/// A block of `size` bytes, aligned as by `operator new`: one that lies idle on this thread, else
/// from the heap. Throws std::bad_alloc. For what is needed for each request and lives longer than
/// a function: then nothing of it comes from the heap, once a thread has warmed up.
void* take_block(std::size_t size);

/// Gives back what `take_block(size)` gave, on any thread; it lies idle on this one, unless enough
/// does: 32 KiB of one size, 256 KiB of all. Freed when the thread ends. Under AddressSanitizer
/// nothing lies idle, so that it finds whoever uses a block too late.
void give_block(void* block, std::size_t size) noexcept;

} // namespace sluice
