// base: idle blocks in lists by size, for each thread.
#include <sluice/base/spare_blocks.hpp>

#include <array>
#include <new>

namespace sluice {

namespace {

/// Sizes are told apart so finely; all are 8 above a multiple of it: malloc adds 8 bytes of its
/// own, and rounds up to 16.
constexpr std::size_t grain = 16, malloc_adds = 8;
constexpr std::size_t largest = 4 << 10;
constexpr std::size_t most_of_one_size = 32 << 10, most_of_all = 256 << 10;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_any = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool keeps_any = false;
#else
constexpr bool keeps_any = true;
#endif
#else
constexpr bool keeps_any = true;
#endif

struct idle_block {
    idle_block* next;
};

struct idle_list {
    idle_block* first = nullptr;
    std::size_t bytes = 0;
};

enum class stage : unsigned char { unused = 0, open, closed };

/// Plain data: blocks may come back while the thread's other variables are being destroyed, and
/// after that.
struct shelf {
    std::array<idle_list, largest / grain + 1> by_size;
    std::size_t bytes = 0;
    stage now = stage::unused;
};
thread_local constinit shelf mine;

struct shelf_end {
    ~shelf_end() {
        mine.now = stage::closed;
        for (idle_list& list : mine.by_size) {
            while (list.first != nullptr) {
                idle_block* const block = list.first;
                list.first = block->next;
                ::operator delete(block);
            }
        }
    }
    void open() { mine.now = stage::open; }
};
thread_local shelf_end end_of_mine;

constexpr std::size_t class_of(std::size_t size) {
    return (size + grain - malloc_adds - 1) / grain;
}

constexpr std::size_t rounded(std::size_t size) {
    return class_of(size) * grain + malloc_adds;
}

bool is_kept(std::size_t size) {
    return keeps_any && size > 0 && size <= largest;
}

idle_list& list_of(std::size_t size) {
    return mine.by_size[class_of(size)];
}

} // namespace

void* take_block(std::size_t size) {
    if (!is_kept(size)) return ::operator new(size);
    idle_list& list = list_of(size);
    idle_block* const block = list.first;
    if (block == nullptr || mine.now != stage::open) return ::operator new(rounded(size));
    list.first = block->next;
    list.bytes -= rounded(size);
    mine.bytes -= rounded(size);
    return block;
}

void give_block(void* block, std::size_t size) noexcept {
    if (is_kept(size)) {
        if (mine.now == stage::unused) end_of_mine.open();
        idle_list& list = list_of(size);
        const std::size_t bytes = rounded(size);
        if (mine.now == stage::open && list.bytes + bytes <= most_of_one_size &&
            mine.bytes + bytes <= most_of_all) {
            list.first = new (block) idle_block{list.first};
            list.bytes += bytes;
            mine.bytes += bytes;
            return;
        }
    }
    ::operator delete(block);
}

} // namespace sluice
