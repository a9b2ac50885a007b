// Turns, in virtual time: simulations whose every decision is checked.
#include "lone_user.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

using namespace sluice;

scheduler_limits turn_limits(std::uint64_t memory, unsigned per_destination, unsigned all) {
    scheduler_limits limits;
    limits.memory = memory;
    limits.steps_per_destination = per_destination;
    limits.steps = all;
    return limits;
}

/// A server of finite speed: each running step moves one byte per tick. Checks the limits after
/// every decision.
class turn_simulation {
  public:
    explicit turn_simulation(const scheduler_limits& limits) : limits_(limits), rules(limits) {}

    lane_id lane(destination_id to) {
        const lane_id made = rules.add_lane(to);
        destination_of_[made] = to;
        return made;
    }

    step_id submit(lane_id lane, std::uint64_t cost, std::uint64_t memory) {
        const step_id step = rules.submit(lane, cost, memory);
        steps_[step] = {lane, cost, memory, cost};
        return step;
    }

    /// Starts all that may start.
    void start() {
        while (const auto step = rules.start_next()) {
            const auto& what = steps_.at(*step);
            const destination_id to = destination_of_.at(what.lane);
            const bool alone = running_of_[to] == 0;
            memory_ += what.memory;
            BOOST_TEST((memory_ <= limits_.memory || alone));
            BOOST_TEST(++running_of_[to] <= limits_.steps_per_destination);
            running_.insert(*step);
            BOOST_TEST(running_.size() <= limits_.steps);
            BOOST_TEST(rules.memory_in_use() == memory_);
            BOOST_TEST(rules.running() == running_.size());
        }
    }

    /// One byte of every running step; returns those that ended.
    std::vector<step_id> tick() {
        std::vector<step_id> ended;
        for (const step_id step : running_) {
            auto& what = steps_.at(step);
            ++served[what.lane];
            if (--what.left == 0) ended.push_back(step);
        }
        for (const step_id step : ended) {
            const auto& what = steps_.at(step);
            rules.finished(step);
            memory_ -= what.memory;
            --running_of_[destination_of_.at(what.lane)];
            running_.erase(step);
        }
        return ended;
    }

    lane_id lane_of(step_id step) const { return steps_.at(step).lane; }
    std::size_t running() const { return running_.size(); }

  private:
    struct simulated {
        lane_id lane{};
        std::uint64_t cost = 0, memory = 0, left = 0;
    };
    scheduler_limits limits_;
    std::map<lane_id, destination_id> destination_of_;
    std::map<step_id, simulated> steps_;
    std::set<step_id> running_;
    std::map<destination_id, unsigned> running_of_;
    std::uint64_t memory_ = 0;

  public:
    test::lone_user rules;
    std::map<lane_id, std::uint64_t> served;
};

/// Keeps more steps of each lane in hand than may run at once, and lets time pass.
void serve_all(
    turn_simulation& world, const std::vector<lane_id>& lanes, std::mt19937& random, int ticks
) {
    std::map<lane_id, int> in_hand;
    const auto fill = [&] {
        for (const lane_id lane : lanes)
            for (; in_hand[lane] < 8; ++in_hand[lane]) {
                const std::uint64_t size = 1 + random() % 50;
                world.submit(lane, size, size);
            }
    };
    fill();
    for (int now = 0; now < ticks; ++now) {
        world.start();
        for (const step_id step : world.tick())
            --in_hand[world.lane_of(step)];
        fill();
    }
}

bool within_a_tenth(std::uint64_t a, double b) {
    return std::abs(static_cast<double>(a) - b) <= b / 10;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_turns)

BOOST_AUTO_TEST_CASE(steps_of_any_size_are_shared_by_weight_and_within_limits) {
    for (const unsigned seed : {1u, 2u, 3u}) {
        std::mt19937 random(seed);
        turn_simulation world(turn_limits(150, 6, 8));
        const auto light = world.rules.add_destination(1);
        const auto heavy = world.rules.add_destination(2);
        const std::vector<lane_id> lanes{
            world.lane(light), world.lane(light), world.lane(light), world.lane(heavy)};
        serve_all(world, lanes, random, 20'000);
        const double of_light = static_cast<double>(
            world.served[lanes[0]] + world.served[lanes[1]] + world.served[lanes[2]]
        );
        BOOST_TEST(within_a_tenth(world.served[lanes[3]], 2 * of_light), "seed " << seed);
        for (int n = 0; n < 3; ++n)
            BOOST_TEST(within_a_tenth(world.served[lanes[n]], of_light / 3), "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(a_large_step_is_not_starved_by_a_stream_of_small_ones) {
    turn_simulation world(turn_limits(100, 50, 50));
    const auto greedy = world.rules.add_destination();
    const auto patient = world.rules.add_destination();
    const lane_id small = world.lane(greedy);
    const lane_id large = world.lane(patient);
    world.submit(large, 5, 60); // so that the other is not its destination's only one
    const step_id awaited = world.submit(large, 60, 90);
    bool came = false;
    for (int now = 0; now < 2'000 && !came; ++now) {
        for (int n = 0; n < 20; ++n)
            world.submit(small, 10, 10);
        world.start();
        const auto ended = world.tick();
        came = std::find(ended.begin(), ended.end(), awaited) != ended.end();
    }
    BOOST_TEST(came);
}

BOOST_AUTO_TEST_CASE(who_works_alone_for_long_owes_the_newcomer_nothing) {
    std::mt19937 random(5);
    turn_simulation world(turn_limits(1'000'000, 1, 1));
    const lane_id old = world.lane(world.rules.add_destination());
    // One step at a time: nothing of it waits when the newcomer comes.
    for (int n = 0; n < 500; ++n) {
        world.submit(old, 10, 10);
        world.start();
        for (int now = 0; now < 10; ++now)
            world.tick();
    }
    BOOST_TEST(world.running() == 0u);
    const lane_id newcomer = world.lane(world.rules.add_destination());
    world.served.clear();
    serve_all(world, {old, newcomer}, random, 2'000);
    BOOST_TEST(within_a_tenth(world.served[old], 1'000));
    BOOST_TEST(within_a_tenth(world.served[newcomer], 1'000));
}

BOOST_AUTO_TEST_CASE(a_pause_is_not_made_up_for) {
    for (const bool whole_destination : {false, true}) {
        std::mt19937 random(6);
        turn_simulation world(turn_limits(1'000'000, 2, 2));
        const auto one = world.rules.add_destination();
        const auto other = whole_destination ? world.rules.add_destination() : one;
        const std::vector<lane_id> lanes{world.lane(one), world.lane(other)};
        if (whole_destination)
            world.rules.pause(other);
        else
            world.rules.pause(lanes[1]);
        serve_all(world, lanes, random, 5'000);
        BOOST_TEST(world.served[lanes[1]] == 0u);
        if (whole_destination)
            world.rules.resume(other);
        else
            world.rules.resume(lanes[1]);
        world.served.clear();
        serve_all(world, lanes, random, 2'000);
        BOOST_TEST(within_a_tenth(world.served[lanes[0]], 2'000));
        BOOST_TEST(within_a_tenth(world.served[lanes[1]], 2'000));
    }
}

BOOST_AUTO_TEST_CASE(any_order_of_calls_ends_with_everything_done) {
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 random(seed);
        turn_simulation world(turn_limits(40, 1 + seed % 4, 1 + seed % 7));
        std::vector<destination_id> places;
        std::vector<lane_id> lanes;
        for (int d = 0; d < 4; ++d) {
            places.push_back(world.rules.add_destination(1 + random() % 3));
            for (int n = 0; n < 3; ++n)
                lanes.push_back(world.lane(places.back()));
        }
        std::vector<step_id> submitted;
        std::size_t ended = 0, withdrawn = 0;
        const auto pass = [&] {
            world.start();
            ended += world.tick().size();
        };
        for (int call = 0; call < 2'000; ++call) {
            const lane_id lane = lanes[random() % lanes.size()];
            const destination_id place = places[random() % places.size()];
            switch (random() % 8) {
            case 0:
                world.rules.pause(lane);
                break;
            case 1:
                world.rules.resume(lane);
                break;
            case 2:
                world.rules.pause(place);
                break;
            case 3:
                world.rules.resume(place);
                break;
            case 4:
                if (!submitted.empty())
                    withdrawn += world.rules.cancel(submitted[random() % submitted.size()]);
                break;
            case 5:
                submitted.push_back(world.submit(lane, 1 + random() % 20, random() % 60));
                break;
            default:
                pass();
            }
        }
        for (const lane_id lane : lanes)
            world.rules.resume(lane);
        for (const destination_id place : places)
            world.rules.resume(place);
        for (int more = 0; more < 100'000 && ended + withdrawn < submitted.size(); ++more)
            pass();
        BOOST_TEST(ended + withdrawn == submitted.size(), "seed " << seed);
        BOOST_TEST(world.rules.waiting() == 0u);
        BOOST_TEST(world.rules.memory_in_use() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_decision_among_a_hundred_thousand_takes_a_few_comparisons) {
    // Every destination is busy and memory is full: nothing may start, and finding that out must
    // not look at all of them; nor may starting.
    turn_simulation world(turn_limits(50'000, 1'000, 100'000));
    std::vector<lane_id> lanes;
    for (int n = 0; n < 50'000; ++n)
        lanes.push_back(world.rules.add_lane(world.rules.add_destination()));
    for (int round = 0; round < 2; ++round)
        for (const lane_id lane : lanes)
            world.rules.submit(lane, 10, 1);
    const auto cost_of = [&world](auto what) {
        const std::uint64_t before = world.rules.comparisons();
        what();
        return world.rules.comparisons() - before;
    };
    constexpr std::uint64_t few = 400; // some 10 operations on sets of 2^16
    std::vector<step_id> started;
    std::uint64_t worst = 0;
    for (int n = 0; n < 50'000; ++n)
        worst = std::max(worst, cost_of([&] { started.push_back(*world.rules.start_next()); }));
    BOOST_TEST(worst < few);
    BOOST_TEST(cost_of([&] { BOOST_TEST(!world.rules.start_next().has_value()); }) < few);
    BOOST_TEST(cost_of([&] { world.rules.finished(started.front()); }) < few);
    BOOST_TEST(cost_of([&] { BOOST_TEST(world.rules.start_next().has_value()); }) < few);
    BOOST_TEST(cost_of([&] { world.rules.submit(lanes[7], 10, 1); }) < few);
}

BOOST_AUTO_TEST_CASE(a_removed_lane_holds_nobody_up) {
    turn_simulation world(turn_limits(1'000, 1, 1));
    const auto to = world.rules.add_destination();
    const lane_id gone = world.lane(to);
    const lane_id stays = world.lane(to);
    const step_id withdrawn = world.submit(gone, 1, 1);
    const step_id wanted = world.submit(stays, 1, 1);
    BOOST_TEST(world.rules.cancel(withdrawn));
    world.rules.remove(gone);
    BOOST_TEST((world.rules.start_next() == wanted));
}

BOOST_AUTO_TEST_CASE(what_is_at_hand_goes_first_and_starves_nobody) {
    turn_simulation world(turn_limits(1'000, 1, 1));
    const auto to = world.rules.add_destination();
    const lane_id plain = world.lane(to), eager = world.lane(to);
    constexpr std::uint64_t cost = 16;
    std::vector<lane_id> order;
    world.submit(plain, cost, 1);
    step_id wish = world.submit(eager, cost, 1);
    step_id next_plain{};
    for (int n = 0; n < 20; ++n) {
        world.rules.prefer(wish);
        const auto started = world.rules.start_next();
        BOOST_REQUIRE(started.has_value());
        const bool was_eager = *started == wish;
        order.push_back(was_eager ? eager : plain);
        world.rules.finished(*started);
        if (was_eager)
            wish = world.submit(eager, cost, 1);
        else
            next_plain = world.submit(plain, cost, 1);
    }
    // It has its lead, and then its share.
    const auto first_plain = std::find(order.begin(), order.end(), plain);
    BOOST_TEST((first_plain - order.begin() == 2));
    BOOST_TEST((std::count(order.begin(), order.end(), eager) == 11));
    BOOST_TEST(world.rules.cancel(next_plain));
    world.rules.prefer(next_plain); // gone: nothing happens
}

BOOST_AUTO_TEST_CASE(a_preference_ends_with_its_step) {
    turn_simulation world(turn_limits(1'000, 1, 1));
    const auto to = world.rules.add_destination();
    const lane_id other = world.lane(to), once = world.lane(to);
    const step_id of_other = world.submit(other, 1, 1);
    const step_id first = world.submit(once, 1, 1), second = world.submit(once, 1, 1);
    world.rules.prefer(first);
    BOOST_TEST((world.rules.start_next() == first));
    world.rules.finished(first);
    BOOST_TEST((world.rules.start_next() == of_other));
    world.rules.finished(of_other);
    BOOST_TEST((world.rules.start_next() == second));
}

BOOST_AUTO_TEST_SUITE_END()
