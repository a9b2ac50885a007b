// base: structured concurrency: children end before the scope that started them.
#include <sluice/base/recycled_frames.hpp>
#include <sluice/base/spare_blocks.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/assert.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

namespace {

using child_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct group_child : child_hook {
    boost::asio::cancellation_signal signal;

    static void* operator new(std::size_t size) { return take_block(size); }
    static void operator delete(void* child, std::size_t size) { give_block(child, size); }
};

using child_list = boost::intrusive::list<group_child, boost::intrusive::constant_time_size<false>>;

/// What begins a chain of coroutines. Asio's own, of `co_spawn`, takes three quarters of a KiB
/// with what it needs to be cancelled: executors, a handler, a frame that only awaits another.
using child_task =
    boost::asio::awaitable<boost::asio::detail::awaitable_thread_entry_point, any_io_executor>;

bool is_cancellation(const boost::system::system_error& why) {
    return why.code() == boost::asio::error::operation_aborted;
}

bool is_cancellation(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const boost::system::system_error& e) {
        return is_cancellation(e);
    } catch (...) {
        return false;
    }
}

bool is_cancelled(const boost::asio::cancellation_state& told) {
    return told.cancelled() != boost::asio::cancellation_type::none;
}

[[noreturn]] void throw_cancelled() {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

} // namespace

struct task_group::state : recycled_frames {
    any_io_executor executor;
    boost::asio::steady_timer changed; // never expires; cancelled to wake who waits for an end
    child_list children;
    std::size_t running = 0;
    const group_child* told = nullptr; ///< just now: its signal must stay
    /// While there are children: they may wait for what the context knows nothing of.
    std::optional<boost::asio::executor_work_guard<any_io_executor>> busy;
    std::exception_ptr first_failure;
    bool stopping = false;

    explicit state(any_io_executor on)
        : executor(std::move(on)),
          changed(executor, std::chrono::steady_clock::time_point::max()) {}

    void stop() {
        stopping = true;
        child_list untold; // a child's handler may change the list while it is told
        untold.swap(children);
        while (!untold.empty()) {
            group_child& next = untold.front();
            untold.pop_front();
            children.push_back(next);
            const group_child* const outer = std::exchange(told, &next);
            next.signal.emit(boost::asio::cancellation_type::terminal);
            told = outer;
        }
    }
    void failed(std::exception_ptr why) {
        if (!first_failure) first_failure = std::move(why);
        stop_once();
    }
    /// Thousands of children may end one after the other: the others are told by the first of them.
    void stop_once() {
        if (!stopping) stop();
    }
    void began(group_child& child) {
        children.push_back(child);
        if (running++ == 0) busy.emplace(executor);
    }
    void ended(group_child& child) {
        child.unlink();
        changed.cancel();
        if (--running == 0) busy.reset();
    }

    /// The whole life of one child, in one frame.
    child_task
    run(std::shared_ptr<state> kept,
        std::unique_ptr<group_child> child,
        std::function<task<void>()> start);
};

child_task task_group::state::run(
    std::shared_ptr<state> kept,
    std::unique_ptr<group_child> child,
    std::function<task<void>()> start
) {
    try {
        // It may have been cancelled while it waited for its first turn.
        if (!kept->stopping) {
            auto work = start();
            co_await std::move(work);
        }
    } catch (const boost::system::system_error& why) {
        // Of thousands that are cancelled at once, none is thrown again only to be looked at.
        const bool expected = kept->stopping && is_cancellation(why);
        if (!expected) kept->failed(std::current_exception());
    } catch (...) {
        kept->failed(std::current_exception());
    }
    // An exception from here on would leave the event loop's run().
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    // Nobody learns of an end within `spawn`, and nothing goes that is being told.
    const bool waited = co_await boost::asio::detail::awaitable_thread_has_context_switched{};
    if (!waited || child.get() == kept->told) co_await boost::asio::post(use_awaitable);
    kept->ended(*child);
}

task_group::task_group(any_io_executor on) : state_(std::make_shared<state>(std::move(on))) {}

task_group::~task_group() {
    // Children that went with their context have not ended, but are not there either.
    BOOST_ASSERT_MSG(state_->children.empty(), "a task_group was left before join() returned");
}

void task_group::spawn(const std::function<task<void>()>& start) {
    if (state_->stopping) return;
    auto child = std::make_unique<group_child>();
    state_->began(*child);
    auto begin = [group = state_, child = std::move(child), start]() mutable {
        using thread = boost::asio::detail::awaitable_handler<any_io_executor, void>;
        const auto slot = child->signal.slot();
        const boost::asio::cancellation_state told(slot);
        thread(group->run(group, std::move(child), start), group->executor, slot, told).launch();
    };
    boost::asio::dispatch(state_->executor, std::move(begin));
}

void task_group::cancel() {
    state_->stop();
}

bool task_group::stopping() const {
    return state_->stopping;
}

std::size_t task_group::running() const {
    return state_->running;
}

task<void> task_group::join() {
    namespace this_coro = boost::asio::this_coro;
    const std::shared_ptr<state> group = state_;
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    while (true) {
        const auto told = co_await this_coro::cancellation_state;
        if (is_cancelled(told)) group->stop_once();
        if (group->running == 0) break;
        boost::system::error_code ignored;
        co_await group->changed.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
    }
    co_await this_coro::throw_if_cancelled(throws);
    if (group->first_failure) std::rethrow_exception(group->first_failure);
    const auto told = co_await this_coro::cancellation_state;
    if (throws && is_cancelled(told)) throw_cancelled();
}

task<void> task_group::wait_below(std::size_t limit) {
    const std::shared_ptr<state> group = state_;
    while (group->running >= limit) {
        boost::system::error_code why;
        co_await group->changed.async_wait(boost::asio::redirect_error(use_awaitable, why));
    }
}

task<void> with_task_group(any_io_executor on, std::function<task<void>(task_group&)> body) {
    namespace this_coro = boost::asio::this_coro;
    task_group group(std::move(on));
    std::exception_ptr why;
    try {
        auto work = body(group);
        co_await std::move(work);
    } catch (...) {
        why = std::current_exception();
        group.cancel();
    }
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    try {
        co_await group.join();
    } catch (...) {
        if (!why || is_cancellation(why)) why = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(throws);
    if (why) std::rethrow_exception(why);
    // Children that were cut short have ended as they should, but their work is not done.
    const auto told = co_await this_coro::cancellation_state;
    if (throws && is_cancelled(told)) throw_cancelled();
}

} // namespace sluice
