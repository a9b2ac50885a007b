// base: coroutines that cannot outlive the scope which started them.
#pragma once

#include <sluice/base/task.hpp>

#include <functional>
#include <memory>

namespace sluice {

/// Children of one parent coroutine. The first exception cancels the others; `join` rethrows it.
///
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

    void spawn(const std::function<task<void>()>& start);
    /// Emits terminal cancellation to every child. Safe to call more than once.
    void cancel();
    std::size_t running() const;
    /// Waits for every child, even when the caller is cancelled (then cancels them first).
    task<void> join();
    /// Waits until fewer than `limit` children run. Returns at once when that holds already.
    task<void> wait_below(std::size_t limit);

  private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace sluice
