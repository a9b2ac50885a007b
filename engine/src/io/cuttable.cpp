// engine: work that may be cut from outside, at once or after a while.
#include "cuttable.hpp"

#include <sluice/base/sleep.hpp>

#include <utility>

namespace sluice {

namespace {

/// The cuts to come end with the work.
task<void> to_the_end(const std::function<task<void>()>& work, bool& by_itself, task_group& group) {
    auto whole = work();
    co_await std::move(whole);
    by_itself = true;
    group.cancel();
}

task<void> cut_after(std::chrono::milliseconds span, task_group& group) {
    co_await sleep_for(span);
    group.cancel();
}

} // namespace

task<bool> cuttable::run(std::function<task<void>()> work) {
    bool by_itself = false;
    const forgotten_at_end forget(under_way_);
    const std::function<task<void>(task_group&)> all = [this, &work, &by_itself](task_group& group
                                                       ) { return begin(group, work, by_itself); };
    co_await with_task_group(on_, all);
    co_return by_itself;
}

task<void>
cuttable::begin(task_group& group, const std::function<task<void>()>& work, bool& by_itself) {
    under_way_ = &group;
    group.spawn([&work, &by_itself, &group] { return to_the_end(work, by_itself, group); });
    co_return;
}

void cuttable::cut_in(std::chrono::milliseconds span) {
    if (!under_way_) return;
    task_group& group = *under_way_;
    if (span.count() <= 0) {
        group.cancel();
        return;
    }
    group.spawn([span, &group] { return cut_after(span, group); });
}

} // namespace sluice
