// s3client: a coroutine that waits, as little as can be kept of it.
#pragma once

#include "spare_allocator.hpp"

#include <sluice/base/result.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice::s3 {

/// What Asio makes of a coroutine that awaits an operation, kept where the operation likes: Asio's
/// own operations take 200 bytes of the heap and more for it. Resumed once, or dropped: the
/// coroutine is then destroyed, later, on its executor.
class parked {
  public:
    parked() = default;
    template <class Handler>
    requires(!std::is_same_v<std::remove_cvref_t<Handler>, parked>) explicit parked(Handler&& who)
        : ways_(&ways_of<std::remove_cvref_t<Handler>>) {
        using kept = std::remove_cvref_t<Handler>;
        static_assert(sizeof(kept) <= sizeof(room_) && alignof(kept) <= alignof(void*));
        static_assert(std::is_nothrow_move_constructible_v<kept>);
        new (room_) kept(std::forward<Handler>(who));
    }
    parked(parked&& other) noexcept { take(other); }
    parked& operator=(parked&& other) noexcept {
        if (this == &other) return *this;
        drop();
        take(other);
        return *this;
    }
    ~parked() { drop(); }

    explicit operator bool() const { return ways_ != nullptr; }
    /// On its own executor: within this call, where that is the one that runs.
    void resume(error_code why) && { std::exchange(ways_, nullptr)->resume(room_, why); }

  private:
    struct ways {
        void (*resume)(void* from, error_code why);
        void (*move)(void* from, void* to);
        void (*drop)(void* from);
    };
    /// What is dispatched, in a spare block should it have to wait for its turn.
    template <class Handler>
    struct resumption {
        using allocator_type = spare_allocator<char>;
        allocator_type get_allocator() const noexcept { return {}; }
        void operator()() { std::move(who)(std::tuple(why)); }
        Handler who;
        error_code why;
    };
    template <class Handler>
    static Handler taken(void* from) {
        Handler* const at = static_cast<Handler*>(from);
        Handler who(std::move(*at));
        at->~Handler();
        return who;
    }
    template <class Handler>
    static constexpr ways ways_of = {
        [](void* from, error_code why) {
            resumption<Handler> it{taken<Handler>(from), why};
            const auto on = boost::asio::get_associated_executor(it.who);
            boost::asio::dispatch(on, std::move(it));
        },
        [](void* from, void* to) { new (to) Handler(taken<Handler>(from)); },
        [](void* from) { taken<Handler>(from); },
    };
    void take(parked& other) noexcept {
        ways_ = std::exchange(other.ways_, nullptr);
        if (ways_ != nullptr) ways_->move(other.room_, room_);
    }
    void drop() {
        if (ways_ != nullptr) std::exchange(ways_, nullptr)->drop(room_);
    }

    const ways* ways_ = nullptr;
    alignas(void*) std::byte room_[2 * sizeof(void*)];
};

} // namespace sluice::s3
