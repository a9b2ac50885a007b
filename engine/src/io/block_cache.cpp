// engine: encoded blocks that several destinations send, inside one memory budget.
#include "block_cache.hpp"

#include <iterator>
#include <limits>
#include <utility>

namespace sluice {

/// Outlives the cache, because a block's last holder gives its memory back.
struct block_cache::pool {
    static constexpr std::size_t most = 16;
    static constexpr std::size_t largest = std::size_t{2} << 20;
    std::vector<buffer> free;

    void give(buffer memory) {
        if (free.size() < most && memory.capacity() <= largest) free.push_back(std::move(memory));
    }
};

block_cache::block_cache(std::uint64_t budget_bytes)
    : budget_(budget_bytes), pool_(std::make_shared<pool>()) {}
block_cache::~block_cache() = default;

shared_block block_cache::find(const key& at) {
    const auto found = entries_.find(at);
    if (found == entries_.end()) return nullptr;
    by_age_.splice(by_age_.end(), by_age_, found->second.age);
    return found->second.block;
}

buffer block_cache::memory() {
    if (pool_->free.empty()) return buffer();
    buffer recycled = std::move(pool_->free.back());
    pool_->free.pop_back();
    return recycled;
}

shared_block block_cache::keep(const key& at, buffer bytes, unsigned uses) {
    buffer* owned = new buffer(std::move(bytes));
    const auto give_back = [pool = pool_, owned](const buffer*) {
        pool->give(std::move(*owned));
        delete owned;
    };
    shared_block block(owned, give_back);
    const auto old = entries_.find(at);
    if (old != entries_.end()) drop(old);
    if (uses == 0) return block;
    entry fresh;
    fresh.block = block;
    fresh.uses_left = uses;
    fresh.age = by_age_.insert(by_age_.end(), at);
    bytes_ += block->size();
    entries_.emplace(at, std::move(fresh));
    make_room();
    return block;
}

void block_cache::used(const key& at) {
    const auto found = entries_.find(at);
    if (found == entries_.end()) return;
    if (--found->second.uses_left == 0) drop(found);
}

void block_cache::forget(std::uint32_t source) {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    auto at = entries_.lower_bound(key(source, 0, least, least));
    while (at != entries_.end() && std::get<0>(at->first) == source)
        drop(at++);
}

void block_cache::drop(std::map<key, entry>::iterator at) {
    bytes_ -= at->second.block->size();
    by_age_.erase(at->second.age);
    entries_.erase(at);
}

void block_cache::make_room() {
    auto oldest = by_age_.begin();
    while (bytes_ > budget_ && oldest != by_age_.end()) {
        const auto next = std::next(oldest);
        const auto at = entries_.find(*oldest);
        if (at->second.block.use_count() == 1) drop(at);
        oldest = next;
    }
}

} // namespace sluice
