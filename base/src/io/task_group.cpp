// base: structured concurrency: children end before the scope that started them.
#include <sluice/base/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <list>
#include <utility>
#include <vector>

namespace sluice {

namespace {

struct group_child {
    boost::asio::cancellation_signal signal;
    std::list<std::shared_ptr<group_child>>::iterator place; ///< among the group's children
};

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

struct task_group::state {
    any_io_executor executor;
    boost::asio::steady_timer changed; // never expires; cancelled to wake who waits for an end
    std::list<std::shared_ptr<group_child>> children;
    std::exception_ptr first_failure;
    bool stopping = false;

    explicit state(any_io_executor on)
        : executor(std::move(on)),
          changed(executor, std::chrono::steady_clock::time_point::max()) {}

    void stop() {
        stopping = true;
        // A child's handler may change the list while it is told.
        const std::vector<std::shared_ptr<group_child>> all(children.begin(), children.end());
        for (const auto& child : all)
            child->signal.emit(boost::asio::cancellation_type::terminal);
    }
    void failed(std::exception_ptr why) {
        if (!first_failure) first_failure = std::move(why);
        stop_once();
    }
    /// Thousands of children may end one after the other: the others are told by the first of them.
    void stop_once() {
        if (!stopping) stop();
    }
    void ended(const std::shared_ptr<group_child>& child) {
        children.erase(child->place);
        changed.cancel();
    }

    /// The whole life of one child.
    static task<void> run(std::shared_ptr<state> group, std::function<task<void>()> start);
};

task<void> task_group::state::run(std::shared_ptr<state> group, std::function<task<void>()> start) {
    try {
        // It may have been cancelled while it waited for its first turn.
        if (!group->stopping) {
            auto work = start();
            co_await std::move(work);
        }
    } catch (const boost::system::system_error& why) {
        // Of thousands that are cancelled at once, none is thrown again only to be looked at.
        const bool expected = group->stopping && is_cancellation(why);
        if (!expected) group->failed(std::current_exception());
    } catch (...) {
        group->failed(std::current_exception());
    }
    // Asio's own last steps await too; an exception there would leave the event loop's run().
    co_await boost::asio::this_coro::throw_if_cancelled(false);
}

task_group::task_group(any_io_executor on) : state_(std::make_shared<state>(std::move(on))) {}

task_group::~task_group() {
    BOOST_ASSERT_MSG(state_->children.empty(), "a task_group was left before join() returned");
}

void task_group::spawn(const std::function<task<void>()>& start) {
    if (state_->stopping) return;
    auto child = std::make_shared<group_child>();
    child->place = state_->children.insert(state_->children.end(), child);
    auto on_end = [group = state_, child](std::exception_ptr) { group->ended(child); };
    boost::asio::co_spawn(
        state_->executor,
        state::run(state_, start),
        boost::asio::bind_cancellation_slot(child->signal.slot(), std::move(on_end))
    );
}

void task_group::cancel() {
    state_->stop();
}

bool task_group::stopping() const {
    return state_->stopping;
}

std::size_t task_group::running() const {
    return state_->children.size();
}

task<void> task_group::join() {
    namespace this_coro = boost::asio::this_coro;
    const std::shared_ptr<state> group = state_;
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    while (true) {
        const auto told = co_await this_coro::cancellation_state;
        if (is_cancelled(told)) group->stop_once();
        if (group->children.empty()) break;
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
    while (group->children.size() >= limit) {
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
