// base: coroutines that cannot outlive the scope which started them.
#pragma once

#include <sluice/base/task.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace sluice {

/// Children of one parent coroutine. The first exception cancels the others; `join` rethrows it.
///
/// A parent that can be cancelled or throw between `spawn` and `join` uses `with_task_group` below.
/// Use from one strand (or one single-threaded context) only.
/// A child is started by a plain function that returns a coroutine:
/// `group.spawn([&job] { return run(job); })`; what it captures must outlive `join()`.
/// The destructor asserts that `join` has returned: leaving a scope with running children is a bug.
class task_group {
  public:
    explicit task_group(any_io_executor on);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    /// Starts a child, unless the group is stopping: then nothing is started.
    void spawn(const std::function<task<void>()>& start);
    /// Emits terminal cancellation to every child. Safe to call more than once.
    void cancel();
    /// Whether a child has failed or `cancel` was called.
    bool stopping() const;
    std::size_t running() const;
    /// Waits for every child, even when the caller is cancelled meanwhile (then cancels them
    /// first, and throws operation_aborted at the end). Rethrows the first exception of a child;
    /// what children throw because they were cancelled is none. In a coroutine that is cancelled
    /// already Asio would not even begin this: say `co_await this_coro::throw_if_cancelled(false)`
    /// before, or use `with_task_group`.
    task<void> join();
    /// Waits until fewer than `limit` children run. Returns at once when that holds already.
    /// Cancellation: terminal (throws).
    task<void> wait_below(std::size_t limit);

  private:
    struct state;
    std::shared_ptr<state> state_;
};

/// Runs `body` with a new group and joins it whichever way the body ends; when it throws (or the
/// caller is cancelled) the children are cancelled first. Rethrows the body's exception, or else
/// the first of the children; throws operation_aborted when the caller was cancelled, although all
/// of them may have ended. What `body` refers to must outlive this call; name it before:
/// `auto body = [&](task_group& group) { return feed(group, job); };`
/// `co_await with_task_group(executor, body);`
task<void> with_task_group(any_io_executor on, std::function<task<void>(task_group&)> body);

} // namespace sluice
