// engine: the scheduler, awaited.
#include "step_gate.hpp"

#include <sluice/base/deadline.hpp>
#include <sluice/engine/error.hpp>

#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <limits>

namespace sluice {

namespace {

/// At first, of each of several destinations that asked for no number.
constexpr unsigned at_once_each = 4;
/// Of one endpoint, as far as it is found by trying.
constexpr unsigned most_at_an_endpoint = 256;

/// What runs at once is told by endpoints and destinations.
scheduler_limits limits_of(std::uint64_t memory) {
    scheduler_limits limits;
    limits.memory = memory == 0 ? std::numeric_limits<std::uint64_t>::max() : memory;
    limits.steps_per_destination = limits.steps = std::numeric_limits<unsigned>::max();
    return limits;
}

found_concurrency::time now() {
    return deadline::clock::now().time_since_epoch();
}

std::uint64_t number_of(step_id step) {
    return static_cast<std::uint64_t>(step);
}

} // namespace

/// One lane's wait. Its destructor leaves nothing behind, whichever way the wait ended.
struct step_queue::waiter {
    using preference = step_gate::preference;

    waiter(step_gate& at, lane_id of)
        : gate(at),
          lane(of),
          wake(at.queue_->on_, boost::asio::steady_timer::time_point::max()),
          turned_away(!at.user_ || at.closed_ || at.closed_lanes_.contains(of)) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() {
        if (wish) wish->of_ = nullptr;
        if (handed_over) return;
        if (started)
            gate.finished(step);
        else if (withdraw())
            gate.queue_->pump(); // others may have waited behind it
    }

    void ask(std::uint64_t cost, std::uint64_t memory) {
        step_queue& queue = *gate.queue_;
        step = queue.rules_.submit(lane, cost, memory);
        asked = true;
        if (wish) wish->of_ = this;
        if (wish && wish->granted_) queue.rules_.prefer(step);
        queue.waiting_.emplace(number_of(step), this);
        gate.waiting_.insert(this);
        queue.pump();
    }
    void start() {
        started = true;
        asked = false;
        forget();
        wake.cancel();
    }
    void prefer() {
        if (asked) gate.queue_->rules_.prefer(step);
    }
    void turn_away() {
        turned_away = true;
        withdraw();
        wake.cancel();
    }

    step_gate& gate;
    lane_id lane;
    boost::asio::steady_timer wake;
    bool turned_away;
    preference* wish = nullptr;
    step_id step{};
    bool asked = false;
    bool started = false;
    bool handed_over = false;

  private:
    void forget() {
        gate.queue_->waiting_.erase(number_of(step));
        gate.waiting_.erase(this);
    }
    bool withdraw() {
        if (!std::exchange(asked, false)) return false;
        forget();
        return gate.queue_->rules_.cancel(step);
    }
};

// --- the queue
// -------------------------------------------------------------------------------------------

step_queue::step_queue(any_io_executor on, std::uint64_t memory)
    : on_(std::move(on)), memory_(memory), rules_(limits_of(memory)) {}

unsigned step_queue::place::limit() const {
    unsigned largest = 0;
    for (const auto& [user, steps] : asked)
        largest = std::max(largest, steps);
    if (automatic == 0) return largest;
    const unsigned each = automatic > 1 ? at_once_each * automatic : 0;
    const unsigned begun = std::min(most_at_once, std::max(at_first, each));
    return std::max({largest, begun, search ? search->limit() : 0});
}

unsigned step_queue::limit_at(const std::string& endpoint) const {
    const auto found = places_.find(endpoint);
    return found == places_.end() ? 0 : found->second.limit();
}

/// At most half of the budget is given away so, and of that half what is left to those who come.
std::uint64_t step_queue::reserve(user_id user, std::uint64_t wanted) {
    std::uint64_t granted = wanted;
    if (memory_ > 0) granted = std::min(wanted, (memory_ / 2 - reserved_) / 2);
    reserved_ += granted;
    rules_.set_reserve(user, granted);
    return granted;
}

endpoint_id
step_queue::come_to(const std::string& endpoint, user_id user, unsigned asked, unsigned at_first) {
    const auto [at, fresh] = places_.try_emplace(endpoint);
    place& there = at->second;
    if (fresh) there.id = rules_.add_endpoint(1);
    if (asked > 0) {
        there.asked[user] += asked;
    } else {
        ++there.automatic;
        there.at_first = std::max({there.at_first, at_first, found_.take(endpoint, now())});
    }
    rules_.set_concurrency(there.id, there.limit());
    return there.id;
}

void step_queue::leave(const std::string& endpoint, user_id user, unsigned asked) {
    const auto at = places_.find(endpoint);
    place& there = at->second;
    if (asked == 0) {
        --there.automatic;
    } else if ((there.asked[user] -= asked) == 0) {
        there.asked.erase(user);
    }
    if (there.asked.empty() && there.automatic == 0) {
        if (there.search) found_.left(endpoint, there.search->limit(), now());
        rules_.remove(there.id);
        places_.erase(at);
        return;
    }
    rules_.set_concurrency(there.id, there.limit());
}

void step_queue::moved(
    const std::string& endpoint, std::uint64_t bytes, std::chrono::nanoseconds took
) {
    place& there = places_.at(endpoint);
    if (there.automatic == 0) return;
    if (!there.search) {
        const unsigned most = std::min(most_at_an_endpoint, most_at_once * there.automatic);
        there.search.emplace(there.limit(), std::max(most, there.limit()));
    }
    if (there.search->ended(bytes, rules_.running(there.id), took, now()))
        rules_.set_concurrency(there.id, there.limit());
}

void step_queue::pump() {
    while (const auto step = rules_.start_next())
        waiting_.at(number_of(*step))->start();
}

// --- the gate
// -------------------------------------------------------------------------------------------

gate_rules gate_rules_of(const transfer_rules& by, std::uint64_t steps, std::uint64_t beside) {
    return gate_rules{{by.weight, by.priority, steps}, beside};
}

step_gate::step_gate(any_io_executor on, std::shared_ptr<step_queue> of, const gate_rules& rules)
    : queue_(of ? std::move(of) : std::make_shared<step_queue>(std::move(on))), by_(rules) {}
step_gate::~step_gate() = default;

void step_gate::join() {
    user_ = queue_->rules_.add_user(by_.share);
    beside_ = queue_->reserve(*user_, by_.beside);
}

void step_gate::leave() {
    scheduler& rules = queue_->rules_;
    for (const lane_id each : lanes_)
        rules.remove(each);
    for (const auto& [each, visits] : destinations_) {
        rules.remove(each);
        queue_->leave(visits.endpoint, *user_, visits.asked);
    }
    rules.remove(*user_);
    queue_->reserved_ -= beside_;
    lanes_.clear();
    destinations_.clear();
    closed_lanes_.clear();
    user_.reset();
    queue_->pump();
}

destination_id step_gate::add_destination(
    const std::string& endpoint, unsigned asked, unsigned at_first, unsigned weight
) {
    destination_rules by;
    by.weight = weight;
    by.steps = asked;
    by.at = queue_->come_to(endpoint, user_.value(), asked, at_first);
    const destination_id made = queue_->rules_.add_destination(user_.value(), by);
    destinations_.emplace(made, visitor{endpoint, asked});
    return made;
}

lane_id step_gate::add_lane(destination_id to) {
    lanes_.push_back(queue_->rules_.add_lane(to));
    return lanes_.back();
}

void step_gate::slot::leave() {
    if (from_) std::exchange(from_, nullptr)->finished(step_);
}

void step_gate::slot::done() {
    if (from_) from_->moved(to_, cost_, std::chrono::steady_clock::now() - begun_);
    leave();
}

unsigned step_gate::concurrency(lane_id lane) const {
    const destination_id to = queue_->rules_.destination_of(lane);
    return std::min(
        queue_->rules_.concurrency(to), queue_->limit_at(destinations_.at(to).endpoint)
    );
}

destination_id step_gate::destination_of(lane_id lane) const {
    return queue_->rules_.destination_of(lane);
}

void step_gate::preference::grant() {
    granted_ = true;
    if (of_) of_->prefer();
}

task<result<step_gate::slot>>
step_gate::enter(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
    preference none;
    auto entering = enter(lane, cost, memory, none);
    co_return co_await std::move(entering);
}

task<result<step_gate::slot>>
step_gate::enter(lane_id lane, std::uint64_t cost, std::uint64_t memory, preference& wish) {
    failure refused;
    refused.code = engine_errc::paused;
    step_queue::waiter me(*this, lane);
    me.wish = &wish;
    if (me.turned_away) co_return refused;
    me.ask(cost, memory);
    while (!me.started && !me.turned_away) {
        error_code ignored;
        co_await me.wake.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
    }
    if (!me.started) co_return refused;
    me.handed_over = true;
    co_return slot(*this, me.step, queue_->rules_.destination_of(lane), cost);
}

void step_gate::close() {
    closed_ = true;
    for (step_queue::waiter* each : std::exchange(waiting_, {}))
        each->turn_away();
    queue_->pump();
}

void step_gate::close(lane_id lane) {
    closed_lanes_.insert(lane);
    const std::set<step_queue::waiter*> all = waiting_;
    for (step_queue::waiter* each : all)
        if (each->lane == lane) each->turn_away();
    queue_->pump();
}

void step_gate::finished(step_id step) {
    queue_->rules_.finished(step);
    queue_->pump();
}

void step_gate::moved(destination_id to, std::uint64_t bytes, std::chrono::nanoseconds took) {
    const auto found = destinations_.find(to);
    if (found != destinations_.end()) queue_->moved(found->second.endpoint, bytes, took);
}

} // namespace sluice
