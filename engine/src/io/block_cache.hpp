// engine: encoded blocks that several destinations send, inside one memory budget.
#pragma once

#include <sluice/base/buffer.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

namespace sluice {

/// One encoded block; immutable once made. Whoever sends it holds a share.
using shared_block = std::shared_ptr<const buffer>;

/// Keeps blocks until everyone who is expected has used them, or the budget asks for room: then the
/// one unused for longest goes, and is made again should somebody still want it. Blocks that
/// somebody holds stay and count. Memory of dropped ones is used again, most recent first, while it
/// is still in the processor's cache. Use from one strand.
class block_cache {
  public:
    explicit block_cache(std::uint64_t budget_bytes);
    ~block_cache();

    /// From the next block on.
    void set_budget(std::uint64_t bytes) { budget_ = bytes; }

    /// Source (an id given by the owner), partition, sequence and offset of the block's first
    /// position.
    using key = std::tuple<std::uint32_t, std::uint32_t, std::int64_t, std::int64_t>;

    /// The block, or null. Does not count as a use.
    shared_block find(const key& at);
    /// Memory for a block to be made: recycled where there is some.
    buffer memory();
    /// Keeps a new block for `uses` uses (0: nobody else will come; it is only shared with the
    /// caller).
    shared_block keep(const key& at, buffer bytes, unsigned uses);
    /// Nobody will come for blocks of this source; those that somebody holds stay his alone.
    void forget(std::uint32_t source);
    /// One of the expected users is done with it.
    void used(const key& at);

    std::uint64_t bytes() const { return bytes_; } ///< kept, whether held or not

  private:
    struct entry {
        shared_block block;
        unsigned uses_left = 0;
        std::list<key>::iterator age;
    };
    struct pool;

    void drop(std::map<key, entry>::iterator at);
    void make_room();

    std::uint64_t budget_;
    std::uint64_t bytes_ = 0;
    std::map<key, entry> entries_;
    std::list<key> by_age_; ///< oldest first
    std::shared_ptr<pool> pool_;
};

} // namespace sluice
