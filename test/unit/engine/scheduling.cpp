// Who goes next.
#include "lone_user.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <vector>

using namespace sluice;

namespace {

constexpr std::uint64_t part = 1000;

scheduler_limits limits_of(std::uint64_t memory, unsigned per_destination, unsigned all) {
    scheduler_limits limits;
    limits.memory = memory;
    limits.steps_per_destination = per_destination;
    limits.steps = all;
    return limits;
}

/// Lanes that always want more; runs the oldest running step to its end, again and again.
std::map<lane_id, std::uint64_t>
serve(test::lone_user& rules, const std::vector<lane_id>& lanes, int steps) {
    std::map<step_id, lane_id> owner;
    std::map<lane_id, std::uint64_t> served;
    std::vector<step_id> running;
    for (const lane_id lane : lanes) {
        for (int n = 0; n < 3; ++n)
            owner[rules.submit(lane, part, part)] = lane;
    }
    for (int n = 0; n < steps; ++n) {
        while (const auto step = rules.start_next())
            running.push_back(*step);
        BOOST_TEST_REQUIRE(!running.empty());
        const step_id done = running.front();
        running.erase(running.begin());
        rules.finished(done);
        const lane_id lane = owner[done];
        served[lane] += part;
        owner[rules.submit(lane, part, part)] = lane;
    }
    return served;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduling)

BOOST_AUTO_TEST_CASE(destinations_share_by_weight_and_their_lanes_equally) {
    test::lone_user rules(limits_of(1'000'000, 4, 4));
    const destination_id light = rules.add_destination(1), heavy = rules.add_destination(3);
    const std::vector<lane_id> lanes{
        rules.add_lane(light), rules.add_lane(light), rules.add_lane(heavy)};
    const auto served = serve(rules, lanes, 4000);
    const double of_light = static_cast<double>(served.at(lanes[0]) + served.at(lanes[1]));
    BOOST_TEST(
        static_cast<double>(served.at(lanes[2])) / of_light == 3.0,
        boost::test_tools::tolerance(0.05)
    );
    BOOST_TEST(
        static_cast<double>(served.at(lanes[0])) / static_cast<double>(served.at(lanes[1])) == 1.0,
        boost::test_tools::tolerance(0.05)
    );
}

BOOST_AUTO_TEST_CASE(memory_is_never_exceeded_but_by_a_destinations_only_step) {
    test::lone_user rules(limits_of(5 * part, 100, 100));
    const lane_id lane = rules.add_lane(rules.add_destination());
    for (int n = 0; n < 20; ++n)
        rules.submit(lane, part, part);
    while (rules.start_next())
        BOOST_TEST(rules.memory_in_use() <= 5 * part);
    BOOST_TEST(rules.running() == 5u);

    test::lone_user tight(limits_of(1, 100, 100));
    const lane_id first = tight.add_lane(tight.add_destination()),
                  second = tight.add_lane(tight.add_destination());
    tight.submit(first, part, part);
    tight.submit(first, part, part);
    tight.submit(second, part, part);
    BOOST_TEST(tight.start_next().has_value());
    BOOST_TEST(tight.start_next().has_value());
    BOOST_TEST(!tight.start_next().has_value());
}

BOOST_AUTO_TEST_CASE(a_budget_smaller_than_a_step_slows_and_never_stops) {
    test::lone_user rules(limits_of(1, 8, 8));
    const destination_id to = rules.add_destination();
    const auto served =
        serve(rules, {rules.add_lane(to), rules.add_lane(to), rules.add_lane(to)}, 300);
    for (const auto& [lane, bytes] : served)
        BOOST_TEST(bytes >= 95 * part);
}

BOOST_AUTO_TEST_CASE(a_lanes_steps_start_in_the_order_submitted) {
    test::lone_user rules(limits_of(1'000'000, 100, 100));
    const lane_id lane = rules.add_lane(rules.add_destination());
    std::vector<step_id> asked;
    for (int n = 0; n < 10; ++n)
        asked.push_back(rules.submit(lane, part, part));
    for (const step_id each : asked)
        BOOST_TEST((rules.start_next() == each));
}

BOOST_AUTO_TEST_CASE(how_many_run_towards_a_destination_can_be_changed_while_they_do) {
    test::lone_user rules(limits_of(1'000'000, 2, 100));
    const destination_id to = rules.add_destination();
    const lane_id lane = rules.add_lane(to);
    BOOST_TEST((rules.destination_of(lane) == to));
    std::vector<step_id> running;
    for (int n = 0; n < 10; ++n)
        rules.submit(lane, part, part);
    const auto start_all = [&] {
        while (const auto step = rules.start_next())
            running.push_back(*step);
        return rules.running(to);
    };
    BOOST_TEST(start_all() == 2u);
    rules.set_concurrency(to, 5);
    BOOST_TEST(start_all() == 5u);
    rules.set_concurrency(to, 3); // what runs goes on
    BOOST_TEST(start_all() == 5u);
    rules.finished(running[0]);
    rules.finished(running[1]);
    BOOST_TEST(start_all() == 3u);
    rules.finished(running[2]);
    BOOST_TEST(start_all() == 3u);
    rules.set_concurrency(to, 0); // one goes always
    for (std::size_t n = 3; n < 6; ++n)
        rules.finished(running[n]);
    BOOST_TEST(start_all() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_paused_starts_nothing_and_goes_on_when_resumed) {
    test::lone_user rules(limits_of(1'000'000, 100, 100));
    const destination_id to = rules.add_destination();
    const lane_id lane = rules.add_lane(to);
    rules.submit(lane, part, part);
    rules.pause(lane);
    BOOST_TEST(!rules.start_next().has_value());
    rules.pause(to);
    rules.resume(lane);
    BOOST_TEST(!rules.start_next().has_value());
    rules.resume(to);
    BOOST_TEST(rules.start_next().has_value());
}

BOOST_AUTO_TEST_CASE(cancelled_steps_leave_nothing_behind) {
    test::lone_user rules(limits_of(1'000'000, 1, 1));
    const lane_id lane = rules.add_lane(rules.add_destination());
    const step_id first = rules.submit(lane, part, part), second = rules.submit(lane, part, part);
    BOOST_TEST((rules.start_next() == first));
    BOOST_TEST(!rules.cancel(first));
    BOOST_TEST(rules.cancel(second));
    BOOST_TEST(!rules.cancel(second));
    rules.finished(first);
    BOOST_TEST(!rules.start_next().has_value());
    BOOST_TEST(rules.memory_in_use() == 0u);
    BOOST_TEST(rules.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_newcomer_neither_starves_nor_is_starved) {
    test::lone_user rules(limits_of(1'000'000, 2, 2));
    const lane_id old = rules.add_lane(rules.add_destination());
    serve(rules, {old}, 1000);
    const std::vector<lane_id> both{old, rules.add_lane(rules.add_destination())};
    const auto served = serve(rules, both, 1000);
    BOOST_TEST(served.at(both[1]) >= 450 * part);
    BOOST_TEST(served.at(old) >= 450 * part);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_wait) {
    test::lone_user rules(limits_of(UINT64_MAX, 10, 10));
    std::vector<lane_id> lanes;
    for (int d = 0; d < 100; ++d) {
        const destination_id to = rules.add_destination();
        for (int n = 0; n < 100; ++n)
            lanes.push_back(rules.add_lane(to));
    }
    std::mt19937 random(7);
    for (int n = 0; n < 100'000; ++n)
        rules.submit(lanes[random() % lanes.size()], 1 + random() % part, 1);
    std::size_t started = 0;
    while (const auto step = rules.start_next()) {
        rules.finished(*step);
        ++started;
    }
    BOOST_TEST(started == 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()
