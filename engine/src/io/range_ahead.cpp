// engine: ranges of objects, fetched ahead of who reads them in order.
#include "range_ahead.hpp"

#include <utility>

namespace sluice {

namespace {

constexpr std::size_t spare_buffers = 2;

} // namespace

range_ahead::range_ahead(
    transfer_run& run,
    foreign_source& from,
    step_gate& gate,
    lane_id scheduled,
    const std::vector<foreign_object>& objects
)
    : run_(run),
      from_(from),
      gate_(gate),
      scheduled_(scheduled),
      objects_(objects),
      ranges_(objects, range_bytes_of(run.rules)),
      moved_(run.on) {}

void range_ahead::start(task_group& group) {
    group_ = &group;
    group.spawn([this] { return fetch_all(); });
}

task<void> range_ahead::bring(fetched_ptr range) {
    ++from_.seen.parts_in_flight;
    const object_range& what = range->what;
    auto done = co_await fetch_range(run_, from_, objects_[what.object], what, range->bytes);
    --from_.seen.parts_in_flight;
    if (!done) range->failed = done.error();
    range->arrived.set();
}

/// A spare buffer that is much larger than the range would take more memory than was asked for.
task<result<range_ahead::fetched_ptr>> range_ahead::begin(object_range what) {
    auto slot = co_await gate_.enter(scheduled_, what.size, what.size);
    if (!slot) co_return slot.error();
    auto range = std::make_shared<fetched>(run_.on);
    range->what = what;
    range->slot = std::move(*slot);
    if (!spare_.empty() && spare_.back().capacity() / 2 <= what.size) {
        range->bytes = std::move(spare_.back());
        spare_.pop_back();
    }
    co_return range;
}

task<void> range_ahead::fetch_all() {
    while (const auto what = ranges_.next()) {
        auto range = co_await begin(*what);
        if (!range) {
            no_more_ = range.error();
            break;
        }
        under_way_.push_back(*range);
        group_->spawn([this, one = *range] { return bring(one); });
        moved_.beat();
    }
    more_ = false;
    moved_.beat();
}

void range_ahead::drop_before(std::size_t object) {
    while (!under_way_.empty() && under_way_.front()->what.object < object)
        under_way_.pop_front();
}

bool range_ahead::has_next(std::size_t object) {
    drop_before(object);
    return !under_way_.empty() && under_way_.front()->arrived.is_set();
}

task<result<range_ahead::fetched_ptr>> range_ahead::next(std::size_t object) {
    drop_before(object);
    while (under_way_.empty() && more_) {
        co_await moved_.wait();
        drop_before(object);
    }
    if (under_way_.empty()) co_return no_more_.value();
    const fetched_ptr front = under_way_.front();
    co_await front->arrived.wait();
    under_way_.pop_front();
    if (front->failed) co_return *front->failed;
    co_return front;
}

void range_ahead::give_back(fetched_ptr done) {
    if (spare_.size() < spare_buffers) spare_.push_back(std::move(done->bytes));
    done->slot.leave();
}

void range_ahead::pass_over(std::size_t object) {
    ranges_.pass_over(object);
    drop_before(object + 1);
}

} // namespace sluice
