// s3client: memory that requests and answers need for a moment, lent from one to the next.
#pragma once

#include "../core/http_head.hpp"

#include <sluice/base/buffer.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice::s3 {

/// Values of which only the room counts: whoever takes one clears it, or writes over it.
template <class T, std::size_t most_kept = 16>
class spares {
  public:
    spares() { kept_.reserve(most_kept); }
    /// Empty where none is left.
    T take() {
        if (kept_.empty()) return T();
        T taken = std::move(kept_.back());
        kept_.pop_back();
        return taken;
    }
    /// Whoever gives it has it no more, though there may be no room for it.
    void give(T back) {
        if (kept_.size() < most_kept) kept_.push_back(std::move(back));
    }

  private:
    std::vector<T> kept_;
};

/// Lent to connections that have input, or something to send: of those that wait, thousands need
/// none. It outlives them.
struct spare_rooms {
    buffer take_buffer(std::size_t size) {
        buffer taken = buffers.take();
        if (taken.size() == 0) return buffer(size);
        taken.reset(size);
        return taken;
    }
    /// Empty, with room.
    std::string take_text() {
        std::string taken = texts.take();
        taken.clear();
        return taken;
    }
    void give_text(std::string&& back) {
        constexpr std::size_t largest = 64 << 10;
        if (back.capacity() <= largest) texts.give(std::move(back));
    }

    spares<buffer> buffers;
    spares<std::string> texts;
    spares<response_head> heads;
    std::size_t receiving = 0; ///< bodies on their way, of all connections together
};

} // namespace sluice::s3
