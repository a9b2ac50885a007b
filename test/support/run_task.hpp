// test: runs one coroutine to its end on a context of its own, and hands out what it returned.
#pragma once

#include <sluice/base/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace sluice::test {

/// Runs `work` on `on` until nothing is left to do; rethrows what it threw.
/// Throws when `on` runs dry before `work` has ended: such a coroutine waits for ever.
template <class T>
T run_task(boost::asio::io_context& on, task<T> work) {
    std::exception_ptr why;
    bool ended = false;
    using kept = std::conditional_t<std::is_void_v<T>, char, T>;
    std::optional<kept> answer;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(on, std::move(work), [&](std::exception_ptr e) {
            why = std::move(e);
            ended = true;
        });
    } else {
        boost::asio::co_spawn(on, std::move(work), [&](std::exception_ptr e, T value) {
            why = std::move(e);
            ended = true;
            if (!why) answer.emplace(std::move(value));
        });
    }
    on.restart();
    on.run();
    if (!ended) throw std::logic_error("the coroutine waits for ever");
    if (why) std::rethrow_exception(why);
    if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

} // namespace sluice::test
