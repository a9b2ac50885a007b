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

using namespace sluice;

namespace {

scheduler_limits one_at_a_time() {
    scheduler_limits limits;
    limits.steps_per_destination = 1;
    return limits;
}

struct visit {
    bool let_in = false, sent_away = false;
};

task<void> enter(step_gate& gate, lane_id lane, visit& seen) {
    auto slot = co_await gate.enter(lane, 1, 1);
    seen.let_in = slot.has_value();
    seen.sent_away = !slot && slot.error().code == engine_errc::paused;
}

task<void> two_lanes_wait(step_gate& gate, any_io_executor on, bool& right) {
    const destination_id to = gate.add_destination();
    const lane_id one = gate.rules().add_lane(to), two = gate.rules().add_lane(to);
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
    right = right && of_two.let_in && gate.rules().waiting() == 0;
    co_await enter(gate, one, later);
    right = right && later.sent_away;
    gate.open(one);
    co_await enter(gate, one, later);
    right = right && later.let_in && gate.rules().running() == 0;
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
    step_gate gate(on.get_executor(), one_at_a_time());
    bool right = false;
    sluice::test::run_task(on, two_lanes_wait(gate, on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(work_is_cut_at_the_earliest_of_its_moments) {
    boost::asio::io_context on;
    bool right = false;
    sluice::test::run_task(on, work_is_cut(on.get_executor(), right));
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_SUITE_END()
