// engine: a partition that an import by listing fills, and where the import stands in it.
#include "listing_target.hpp"

#include "../core/listing_resume.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace sluice {

listing_target::listing_target(
    writer& to, std::uint32_t partition, listing_progress begin, target_progress& seen
)
    : to_(to), partition_(partition), reached_(std::move(begin)), seen_(seen) {}

task<result<void>> listing_target::recall(std::uint32_t needed) {
    const partition_tail tail = to_.tail(partition_);
    found_stream found;
    found.name = to_.description().name;
    found.partitions = to_.description().partitions;
    found.needed = needed;
    found.has_events = tail.end != position{partition_, 0, 0};
    found.progress = tail.last_progress;
    auto last = resume_listing(found, reached_);
    if (!last) co_return last.error();
    reached_ = std::move(*last);
    goes_on_ = tail.end.offset != 0;
    begin_events(batch_builder::open_event::added_again);
    co_return result<void>();
}

void listing_target::begin_events(batch_builder::open_event there) {
    events_.emplace(to_.tail(partition_).end, batch_builder::usual_target_bytes, there);
}

void listing_target::come_to(const foreign_object& what) {
    const bool goes_on = !reached_.done && reached_.object.key == what.key;
    before_.reset();
    if (!goes_on) before_.emplace(reached_, ahead_);
    if (open_) {
        ++ahead_.count;
        ahead_.last = what;
        ahead_.newest = std::max(ahead_.newest, what.modified);
        return;
    }
    if (!goes_on) {
        reached_.object = what;
        reached_.events = reached_.inside = 0;
        reached_.done = false;
        ++reached_.objects;
        reached_.newest = std::max(reached_.newest, what.modified);
    }
    begun_ = reached_.events + (goes_on_ ? 1 : 0);
}

bool listing_target::go_back() {
    if (!before_) return false;
    std::tie(reached_, ahead_) = std::move(*before_);
    before_.reset();
    return true;
}

listing_progress listing_target::frontier() const {
    listing_progress there = reached_;
    if (!open_) return there;
    if (ahead_.count > 0) there.object = ahead_.last;
    there.events = there.inside = 0;
    there.done = true;
    there.objects += ahead_.count;
    there.newest = std::max(there.newest, ahead_.newest);
    return there;
}

/// The objects before the last one are done with.
void listing_target::move_ahead() {
    if (ahead_.count > 0) {
        ended_ += ahead_.count;
        reached_ = frontier();
        reached_.done = false;
        begun_ = 0;
    }
    ahead_ = objects_ahead();
    open_ = false;
}

void listing_target::add_step(const record_batch& batch) {
    append_step step;
    step.batch = batch;
    step.progress = encode_listing_progress(reached_);
    gathered_bytes_ += sizeof step + step.progress.size() + batch.body.size();
    steps_.push_back(std::move(step));
}

void listing_target::add_built(const batch_builder::built& each) {
    goes_on_ = false;
    begun_ += each.batch.events;
    const std::uint64_t before = reached_.events;
    reached_.events = begun_ - (each.batch.next.offset != 0 ? 1 : 0);
    whole_ += reached_.events - before;
    add_step(each.batch);
}

void listing_target::keep(std::vector<batch_builder::built> built) {
    std::move(built.begin(), built.end(), std::back_inserter(built_));
}

void listing_target::gather(bool object_ends) {
    auto built = events_->take(true);
    for (const auto& each : built) {
        reached_.done = object_ends && &each == &built.back();
        add_built(each);
    }
    keep(std::move(built));
    ended_ += object_ends ? 1 : 0;
    if (!object_ends || reached_.done) return;
    reached_.done = true;
    record_batch nothing;
    nothing.first = nothing.next = events_->next();
    add_step(nothing);
}

void listing_target::gather_open() {
    gather(false);
    open_ = true;
}

void listing_target::gather_all() {
    gather(false);
    move_ahead();
    gather(true);
}

void listing_target::go_over(std::uint64_t inside) {
    auto built = events_->take(true);
    for (const auto& each : built) {
        if (&each != &built.back()) add_built(each);
    }
    goes_on_ = false;
    move_ahead();
    reached_.inside = inside;
    ++whole_;
    if (!built.empty()) add_step(built.back().batch);
    keep(std::move(built));
}

task<result<void>> listing_target::append() {
    if (steps_.empty()) co_return result<void>();
    auto appended = co_await to_.append(partition_, steps_);
    if (!appended) co_return appended;
    seen_.events += std::exchange(whole_, 0);
    seen_.objects += std::exchange(ended_, 0);
    gathered_bytes_ = 0;
    steps_.clear();
    events_->give_back(std::exchange(built_, {}));
    co_return appended;
}

void listing_target::rest() {
    if (open_ || gathered_bytes() > 0) return;
    begin_events(batch_builder::open_event::added_again);
}

task<result<void>> listing_target::give_up_open_event() {
    gather(false);
    auto kept = co_await append();
    if (!kept) co_return kept;
    if (to_.tail(partition_).end.offset != 0) {
        auto given_up = co_await to_.abandon_open_event(partition_);
        if (!given_up) co_return given_up;
    }
    goes_on_ = false;
    begin_events(batch_builder::open_event::abandoned);
    co_return result<void>();
}

task<result<void>> listing_target::leave_out() {
    auto given_up = co_await give_up_open_event();
    if (!given_up) co_return given_up;
    move_ahead();
    note_left_out(reached_);
    gather(true);
    if (reached_.events == 0) --ended_; // nothing came of it
    auto appended = co_await append();
    co_return appended;
}

task<result<void>> listing_target::note() {
    gather(false);
    record_batch nothing;
    nothing.first = nothing.next = events_->next();
    add_step(nothing);
    auto appended = co_await append();
    co_return appended;
}

} // namespace sluice
