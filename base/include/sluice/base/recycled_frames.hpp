// base: coroutine frames that cost no heap: for the members of classes that say so.
#pragma once

#include <sluice/base/spare_blocks.hpp>
#include <sluice/base/task.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sluice {

/// Coroutines that are members of a class derived from this take their frames from the thread's
/// spare blocks. Asio itself keeps two frames for each thread, of up to 1 KiB: a call that is six
/// coroutines deep takes the others from the heap, every time.
///
/// So do other coroutines whose first parameter is a reference to one: the compiler does not tell
/// them apart. By class, and not for every `task`: a host's own coroutines must not change with the
/// headers that its files happen to include.
class recycled_frames {};

/// Awaited in a coroutine of such a class: what `from` returns goes to `to` at once, and what `to`
/// returns is what the await does. A coroutine's frame has room for the result of each await, also
/// while it waits for it; thousands may. `auto told = [&](result<T> got) { … };`
/// `handed work{client.get(request, sink, by), told}; co_await std::move(work);`
template <class T, class Then>
struct handed {
    boost::asio::awaitable<T> from;
    Then to;
};
template <class T, class Then>
handed(boost::asio::awaitable<T>, Then) -> handed<T, Then>;

namespace detail {

/// An awaited task, whoever awaits it: Asio's own accepts only the exact type of its frames.
template <class T>
class awaited_task : public boost::asio::awaitable<T> {
  public:
    explicit awaited_task(boost::asio::awaitable<T> what)
        : boost::asio::awaitable<T>(std::move(what)) {}

    template <class Frame>
    void await_suspend(boost::asio::detail::coroutine_handle<Frame> by) {
        typename Frame::asio_frame& frame = by.promise();
        using handle = boost::asio::detail::coroutine_handle<typename Frame::asio_frame>;
        boost::asio::awaitable<T>::await_suspend(handle::from_promise(frame));
    }
};

template <class T, class Then>
class handed_task : public awaited_task<T> {
  public:
    handed_task(boost::asio::awaitable<T> what, Then to)
        : awaited_task<T>(std::move(what)), to_(std::move(to)) {}
    decltype(auto) await_resume() { return to_(awaited_task<T>::await_resume()); }

  private:
    Then to_;
};

/// Asio's frame (`detail::awaitable_frame` of Boost 1.81 to this day), with memory of ours. Asio
/// resumes and destroys it by a handle that it makes of its own part: that is right as long as ours
/// adds no member, and so moves nothing.
template <class T>
class recycled_frame final : public boost::asio::detail::awaitable_frame<T, any_io_executor> {
  public:
    using asio_frame = boost::asio::detail::awaitable_frame<T, any_io_executor>;

    static void* operator new(std::size_t size) { return take_block(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { give_block(frame, size); }

    template <class U>
    awaited_task<U> await_transform(boost::asio::awaitable<U> what) {
        return awaited_task<U>(asio_frame::await_transform(std::move(what)));
    }
    template <class U, class Then>
    handed_task<U, Then> await_transform(handed<U, Then> what) {
        return handed_task<U, Then>(
            asio_frame::await_transform(std::move(what.from)), std::move(what.to)
        );
    }
    template <class What>
    auto await_transform(What&& what) {
        return asio_frame::await_transform(std::forward<What>(what));
    }
};

template <class T>
constexpr bool lies_like_asios = sizeof(recycled_frame<T>) ==
                                     sizeof(typename recycled_frame<T>::asio_frame) &&
                                 alignof(recycled_frame<T>) ==
                                     alignof(typename recycled_frame<T>::asio_frame) &&
                                 alignof(recycled_frame<T>) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;

template <class T>
struct recycled_frame_of {
    static_assert(lies_like_asios<T>, "Asio's frame must be all of ours");
    using type = recycled_frame<T>;
};

} // namespace detail

} // namespace sluice

/// More special than Asio's own for its `awaitable`.
template <class T, class Self, class... Args>
// Of pointers, as lambdas are not complete types here.
requires std::is_convertible_v<Self*, const sluice::recycled_frames*>
struct std::coroutine_traits<boost::asio::awaitable<T, sluice::any_io_executor>, Self&, Args...> {
    using promise_type = typename sluice::detail::recycled_frame_of<T>::type;
};
