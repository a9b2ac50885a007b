// engine: work that may be cut from outside, at once or after a while.
#pragma once

#include <sluice/base/task.hpp>
#include <sluice/base/task_group.hpp>

#include <chrono>
#include <functional>
#include <utility>

namespace sluice {

/// A group that is shown while it lives, forgotten with the scope.
struct forgotten_at_end {
    explicit forgotten_at_end(task_group*& what) : shown(what) {}
    ~forgotten_at_end() { shown = nullptr; }
    forgotten_at_end(const forgotten_at_end&) = delete;
    forgotten_at_end& operator=(const forgotten_at_end&) = delete;
    task_group*& shown;
};

/// Use from one strand. Does one work after the other.
class cuttable {
  public:
    explicit cuttable(any_io_executor on) : on_(std::move(on)) {}
    cuttable(const cuttable&) = delete;
    cuttable& operator=(const cuttable&) = delete;

    /// Does the work to its end, or until it is cut. True: it ended by itself. What it throws is
    /// thrown here. Cancellation: terminal (throws), when the work has been cancelled too.
    task<bool> run(std::function<task<void>()> work);
    /// Cancels the work under way, if there is one, after `span`; the earliest cut counts.
    void cut_in(std::chrono::milliseconds span);

  private:
    task<void> begin(task_group& group, const std::function<task<void>()>& work, bool& by_itself);

    any_io_executor on_;
    task_group* under_way_ = nullptr;
};

} // namespace sluice
