// base: coroutines that run on another executor than the one that waits for them.
#pragma once

#include <sluice/base/task.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

/// Runs the coroutine that `start()` returns on `where`, a strand or a single-threaded context, and
/// returns what it returns, or throws what it throws; the caller stays on its own executor. `start`
/// is called there, too.
/// What is written before the call is seen by the coroutine, and what the coroutine wrote is seen
/// behind the call: whatever else both use meanwhile must bear two threads.
/// Cancellation: terminal; it is passed on, and the call ends when the coroutine has.
template <class T>
task<T> run_on(any_io_executor where, std::function<task<T>()> start) {
    std::optional<T> answer;
    std::exception_ptr thrown;
    const std::function<task<void>()> work = [&start, &answer]() -> task<void> {
        task<T> begun = start();
        auto done = co_await std::move(begun);
        answer.emplace(std::move(done));
    };
    auto initiate = [&where, &work, &thrown](auto handler) {
        namespace asio = boost::asio;
        const auto stop = std::make_shared<asio::cancellation_signal>();
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([where, stop](asio::cancellation_type type) {
                asio::post(where, [stop, type] { stop->emit(type); });
            });
        auto home = asio::get_associated_executor(handler);
        auto busy = asio::make_work_guard(home);
        auto ended = [&thrown, stop, slot, busy = std::move(busy), handler = std::move(handler)](
                         std::exception_ptr why
                     ) mutable {
            thrown = why;
            auto on = busy.get_executor();
            asio::post(on, [slot, handler = std::move(handler)]() mutable {
                if (slot.is_connected()) slot.clear();
                std::move(handler)();
            });
        };
        asio::co_spawn(where, work, asio::bind_cancellation_slot(stop->slot(), std::move(ended)));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        initiate, use_awaitable
    );
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*answer);
}

} // namespace sluice
