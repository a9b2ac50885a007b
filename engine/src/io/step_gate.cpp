// engine: the scheduler, awaited.
#include "step_gate.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/engine/error.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sluice {

/// One lane's wait. Its destructor leaves nothing behind, whichever way the wait ended.
struct step_gate::waiter {
    waiter(step_gate& at, lane_id of)
        : gate(at), lane(of), wake(at.on_, boost::asio::steady_timer::time_point::max()) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() {
        gate.waiting_.erase(step);
        if (handed_over) return;
        if (started)
            gate.finished(step);
        else
            gate.rules_.cancel(step);
    }

    bool refused() const { return gate.closed_ || gate.closed_lanes_.contains(lane); }

    step_gate& gate;
    lane_id lane;
    boost::asio::steady_timer wake;
    step_id step{};
    bool started = false;
    bool handed_over = false;
};

step_gate::step_gate(any_io_executor on, const scheduler_limits& limits, unsigned up_to)
    : on_(std::move(on)),
      rules_(limits),
      user_(rules_.add_user()),
      start_(limits.steps_per_destination),
      up_to_(up_to) {}
step_gate::~step_gate() = default;

void step_gate::slot::leave() {
    if (from_) std::exchange(from_, nullptr)->finished(step_);
}

void step_gate::slot::done() {
    if (from_) from_->moved(to_, cost_);
    leave();
}

task<result<step_gate::slot>>
step_gate::enter(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
    failure refused;
    refused.code = engine_errc::paused;
    waiter me(*this, lane);
    if (me.refused()) co_return refused;
    me.step = rules_.submit(lane, cost, memory);
    waiting_.emplace(me.step, &me);
    pump();
    while (!me.started && !me.refused()) {
        error_code ignored;
        co_await me.wake.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
    }
    if (!me.started) co_return refused;
    me.handed_over = true;
    co_return slot(*this, me.step, rules_.destination_of(lane), cost);
}

void step_gate::close() {
    closed_ = true;
    for (auto& [step, waiter] : waiting_)
        waiter->wake.cancel();
}

void step_gate::close(lane_id lane) {
    closed_lanes_.insert(lane);
    for (auto& [step, waiter] : waiting_)
        if (waiter->lane == lane) waiter->wake.cancel();
}

void step_gate::fix_concurrency(destination_id to, unsigned steps) {
    fixed_.insert(to);
    rules_.set_concurrency(to, steps);
    pump();
}

void step_gate::pump() {
    if (closed_) return;
    while (const auto step = rules_.start_next()) {
        const auto at = waiting_.find(*step);
        at->second->started = true;
        at->second->wake.cancel();
        waiting_.erase(at);
    }
}

void step_gate::moved(destination_id to, std::uint64_t bytes) {
    if (up_to_ == 0 || fixed_.contains(to)) return;
    concurrency_search& search = searches_.try_emplace(to, start_, up_to_).first->second;
    const auto now = deadline::clock::now().time_since_epoch();
    if (search.ended(bytes, rules_.running(to), now)) rules_.set_concurrency(to, search.limit());
}

void step_gate::finished(step_id step) {
    rules_.finished(step);
    pump();
}

} // namespace sluice
