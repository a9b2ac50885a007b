// The scheduler, awaited: who is let in, and who is sent away.
#include "../src/io/cuttable.hpp"
#include "../src/io/step_gate.hpp"
#include "run_task.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

using namespace sluice;

namespace {

struct visit {
    bool let_in = false, sent_away = false;
};

task<void> enter(step_gate& gate, lane_id lane, visit& seen) {
    auto slot = co_await gate.enter(lane, 1, 1);
    seen.let_in = slot.has_value();
    seen.sent_away = !slot && slot.error().code == engine_errc::paused;
}

task<void> two_lanes_wait(step_gate& gate, any_io_executor on, bool& right) {
    const step_gate::stay sharing(gate);
    const destination_id to = gate.add_destination("store", 1);
    const lane_id one = gate.add_lane(to), two = gate.add_lane(to);
    auto first = co_await gate.enter(one, 1, 1);
    visit of_one, of_two, later;
    task_group group(on);
    group.spawn([&] { return enter(gate, one, of_one); });
    group.spawn([&] { return enter(gate, two, of_two); });
    co_await sleep_for(std::chrono::milliseconds(1));
    gate.close(one);
    co_await sleep_for(std::chrono::milliseconds(1));
    right = of_one.sent_away && !of_two.let_in && !of_two.sent_away;
    first->leave();
    co_await group.join();
    right = right && of_two.let_in && gate.queue().rules().waiting() == 0;
    co_await enter(gate, one, later);
    right = right && later.sent_away;
    gate.open(one);
    co_await enter(gate, one, later);
    right = right && later.let_in && gate.queue().rules().running() == 0;
}

task<void>
enter_first(step_gate& gate, lane_id lane, step_gate::preference& wish, std::vector<lane_id>& in) {
    auto slot = co_await gate.enter(lane, 1, 1, wish);
    if (slot) in.push_back(lane);
}

/// Of three that wait, one was preferred before it came, and one afterwards.
task<void> preferred_lanes(step_gate& gate, any_io_executor on, std::vector<lane_id>& in) {
    const step_gate::stay sharing(gate);
    const destination_id to = gate.add_destination("store", 1);
    const lane_id one = gate.add_lane(to), two = gate.add_lane(to), three = gate.add_lane(to);
    auto first = co_await gate.enter(gate.add_lane(to), 1, 1);
    step_gate::preference none, early, late;
    early.grant();
    task_group group(on);
    group.spawn([&] { return enter_first(gate, one, none, in); });
    group.spawn([&] { return enter_first(gate, two, late, in); });
    group.spawn([&] { return enter_first(gate, three, early, in); });
    co_await sleep_for(std::chrono::milliseconds(1));
    late.grant();
    first->leave();
    co_await group.join();
    late.grant(); // nobody waits any more
}

constexpr std::chrono::milliseconds a_moment{1};

/// Two transfers, and lanes of theirs towards the same endpoint.
struct neighbours {
    neighbours(any_io_executor on, std::uint64_t memory, unsigned asked, const gate_rules& by = {})
        : queue(std::make_shared<step_queue>(on, memory)),
          one(on, queue, by),
          two(on, queue, by),
          first(std::in_place, one),
          second(std::in_place, two),
          of_one(one.add_lane(one.add_destination("store", asked))),
          of_two(two.add_lane(two.add_destination("store", asked))) {}

    std::shared_ptr<step_queue> queue;
    step_gate one, two;
    std::optional<step_gate::stay> first, second;
    lane_id of_one, of_two;
};

task<void> enter_with(step_gate& gate, lane_id lane, std::uint64_t memory, visit& seen) {
    auto slot = co_await gate.enter(lane, 1, memory);
    seen.let_in = slot.has_value();
    seen.sent_away = !slot && slot.error().code == engine_errc::paused;
}

/// The second transfer waits behind the first one's wait for memory, which ends with a pause.
task<void> one_closes(any_io_executor on, bool& right) {
    neighbours with(on, 10, 8);
    auto running = co_await with.one.enter(with.of_one, 1, 6);
    auto other = co_await with.two.enter(with.of_two, 1, 2);
    visit large, small;
    task_group group(on);
    group.spawn([&] { return enter_with(with.one, with.of_one, 6, large); });
    co_await sleep_for(a_moment);
    group.spawn([&] { return enter_with(with.two, with.of_two, 1, small); });
    co_await sleep_for(a_moment);
    right = !large.let_in && !small.let_in && with.queue->rules().waiting() == 2;
    with.one.close();
    co_await sleep_for(a_moment);
    right = right && large.sent_away && small.let_in && !with.two.closed();
    co_await group.join();
    visit again, late;
    co_await enter_with(with.two, with.of_two, 1, again);
    co_await enter_with(with.one, with.of_one, 1, late);
    right = right && again.let_in && late.sent_away;
    running->leave();
    other->leave();
    right = right && with.queue->rules().memory_in_use() == 0;
}

task<void> one_budget(any_io_executor on, bool& right) {
    neighbours with(on, 10, 8);
    auto first = co_await with.one.enter(with.of_one, 1, 5);
    auto second = co_await with.two.enter(with.of_two, 1, 4);
    visit third;
    task_group group(on);
    group.spawn([&] { return enter_with(with.two, with.of_two, 4, third); });
    co_await sleep_for(a_moment);
    right = !third.let_in;
    first->leave();
    co_await group.join();
    right = right && third.let_in;
    second->leave();
}

task<void> comes_and_goes(any_io_executor on, bool& right) {
    const auto queue = std::make_shared<step_queue>(on);
    step_gate gate(on, queue, {});
    {
        const step_gate::stay sharing(gate);
        const lane_id lane = gate.add_lane(gate.add_destination("store", 0, 40));
        auto slot = co_await gate.enter(lane, 1, 1);
        slot->done();
        right = queue->limit_at("store") == 40;
    }
    {
        const step_gate::stay with_a_number(gate);
        gate.add_destination("store", 3);
        right = right && queue->limit_at("store") == 3;
    }
    for (const unsigned limit : {20u, 8u}) { // nobody found anything the second time
        const step_gate::stay again(gate);
        gate.add_destination("store", 0);
        right = right && queue->limit_at("store") == limit;
    }
}

task<void> one_endpoint(any_io_executor on, bool& right) {
    neighbours with(on, 0, 2);
    right = with.queue->limit_at("store") == 2;
    auto first = co_await with.one.enter(with.of_one, 1, 1);
    auto second = co_await with.two.enter(with.of_two, 1, 1);
    visit third;
    task_group group(on);
    group.spawn([&] { return enter_with(with.two, with.of_two, 1, third); });
    co_await sleep_for(a_moment);
    right = right && !third.let_in;
    first->leave();
    co_await group.join();
    right = right && third.let_in;
    second->leave();
    // Destinations of one transfer may as many each; others than those who ask for a number more.
    with.one.add_destination("store", 2);
    right = right && with.queue->limit_at("store") == 4;
    with.two.add_destination("store", 0, 6);
    right = right && with.queue->limit_at("store") == 6;
    with.two.add_destination("store", 0, 6);
    right = right && with.queue->limit_at("store") == 8 && with.queue->limit_at("other") == 0;
    with.second.reset();
    right = right && with.queue->limit_at("store") == 4;
    with.first.reset();
    right = right && with.queue->limit_at("store") == 0;
}

task<void> nobody_stays(any_io_executor on, bool& right) {
    neighbours with(on, 0, 2);
    with.first.reset();
    visit late;
    co_await enter_with(with.one, with.of_one, 1, late);
    right = late.sent_away;
    with.first.emplace(with.one); // ids are given out again
    const lane_id lane = with.one.add_lane(with.one.add_destination("store", 2));
    co_await enter_with(with.one, lane, 1, late);
    right = right && late.let_in;
}

task<void> sleeper(bool& ended) {
    co_await sleep_for(std::chrono::hours(1));
    ended = true;
}

task<void> cutter(cuttable& work, std::chrono::milliseconds span) {
    co_await sleep_for(std::chrono::milliseconds(1));
    work.cut_in(std::chrono::hours(1));
    work.cut_in(span);
}

task<void> work_is_cut(any_io_executor on, bool& right) {
    cuttable work(on);
    bool ended = false;
    for (const int span : {0, 2}) {
        task_group group(on);
        group.spawn([&work, span] { return cutter(work, std::chrono::milliseconds(span)); });
        const std::function<task<void>()> body = [&ended] { return sleeper(ended); };
        const bool by_itself = co_await work.run(body);
        right = !by_itself && !ended;
        co_await group.join();
        if (!right) co_return;
    }
    const std::function<task<void>()> brief = [] {
        return sleep_for(std::chrono::milliseconds(1));
    };
    right = co_await work.run(brief);
    work.cut_in(std::chrono::milliseconds(0)); // nothing is under way
}

} // namespace

BOOST_AUTO_TEST_SUITE(step_gates)

BOOST_AUTO_TEST_CASE(a_closed_lane_is_sent_away_and_the_others_wait_on) {
    boost::asio::io_context on;
    step_gate gate(on.get_executor(), nullptr, {});
    bool right = false;
    sluice::test::run_task(on, two_lanes_wait(gate, on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(who_is_preferred_goes_before_others_of_its_destination) {
    boost::asio::io_context on;
    step_gate gate(on.get_executor(), nullptr, {});
    std::vector<lane_id> in;
    sluice::test::run_task(on, preferred_lanes(gate, on.get_executor(), in));
    BOOST_REQUIRE(in.size() == 3u);
    BOOST_TEST((in.back() == lane_id{0}));
}

BOOST_AUTO_TEST_CASE(a_transfer_that_closes_sends_nobody_else_away_and_holds_nobody_up) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, one_closes(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(transfers_lease_from_one_budget) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, one_budget(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(transfers_that_meet_at_an_endpoint_have_one_number_there) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, one_endpoint(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(who_comes_soon_begins_with_half_of_what_was_found) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, comes_and_goes(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(who_has_left_is_not_let_in_until_he_comes_again) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, nobody_stays(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(what_blocks_have_is_of_the_budget_and_leaves_some_to_all) {
    boost::asio::io_context on;
    gate_rules by;
    by.beside = 60;
    neighbours with(on.get_executor(), 100, 1, by);
    BOOST_TEST(with.one.beside() == 25u); // half of what is left of half the budget
    BOOST_TEST(with.two.beside() == 12u);
    BOOST_TEST(with.queue->rules().memory_in_use() == 37u);
    with.first.reset();
    BOOST_TEST(with.queue->rules().memory_in_use() == 12u);
    with.first.emplace(with.one);
    BOOST_TEST(with.one.beside() == 19u);
    neighbours free(on.get_executor(), 0, 1, by);
    BOOST_TEST(free.one.beside() + free.two.beside() == 120u);
}

BOOST_AUTO_TEST_CASE(work_is_cut_at_the_earliest_of_its_moments) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, work_is_cut(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_SUITE_END()
