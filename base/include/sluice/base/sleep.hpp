// base: waiting, and work that blocks.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/task.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice {

/// Sleeps for `span`, or until `by` if that is earlier. Cancellation: terminal (throws).
task<void> sleep_for(std::chrono::steady_clock::duration span, deadline by = deadline::never());

/// Runs `work()` on `pool` (threads that may block); the coroutine stays on its own executor.
/// `work` must not touch anything that the caller's strand changes meanwhile. What it throws is
/// thrown here.
/// Cancellation: none while `work` runs; what `work` refers to must outlive it.
template <class Work>
task<std::invoke_result_t<Work&>> run_blocking(any_io_executor pool, Work work) {
    std::optional<std::invoke_result_t<Work&>> answer;
    std::exception_ptr thrown;
    auto initiate = [&pool, &work, &answer, &thrown](auto handler) {
        auto home = boost::asio::get_associated_executor(handler);
        auto busy = boost::asio::make_work_guard(home);
        auto job = [&work, &answer, &thrown, busy = std::move(busy), handler = std::move(handler)](
                   ) mutable {
            try {
                answer.emplace(work());
            } catch (...) {
                thrown = std::current_exception();
            }
            auto on = busy.get_executor();
            boost::asio::post(on, std::move(handler));
        };
        boost::asio::post(pool, std::move(job));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        initiate, use_awaitable
    );
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*answer);
}

} // namespace sluice
