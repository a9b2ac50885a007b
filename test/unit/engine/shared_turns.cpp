// Turns of several users, in virtual time: who gets how much of any second, and that all get on.
#include <sluice/engine/scheduler.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace {

using namespace sluice;

constexpr std::uint64_t kib = 1 << 10, mib = 1 << 20;
constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

scheduler_limits within(std::uint64_t memory, unsigned steps) {
    scheduler_limits limits;
    limits.memory = memory;
    limits.steps = steps;
    limits.steps_per_destination = 1'000;
    return limits;
}

user_rules user_of(unsigned weight, int priority = 0, std::uint64_t memory = no_limit) {
    return user_rules{weight, priority, memory};
}

destination_rules weighing(unsigned weight) {
    destination_rules rules;
    rules.weight = weight;
    return rules;
}

/// A server of fixed rate that serves all running steps alike, and lanes that always have more to
/// send.
class rated_server {
  public:
    static constexpr unsigned ticks_per_second = 500;

    rated_server(const scheduler_limits& limits, std::uint64_t rate, unsigned seed)
        : rules(limits), per_tick_(static_cast<double>(rate) / ticks_per_second), random_(seed) {}

    /// Its steps have sizes from `least` to `most`, those in between by their logarithm, and lease
    /// as much memory. `stuck`: they never end.
    void serve(lane_id lane, std::uint64_t least, std::uint64_t most, bool stuck = false) {
        lanes_.push_back(served_lane{lane, least, most, stuck});
        for (int n = 0; n < 64; ++n)
            submit(lanes_.size() - 1);
    }

    /// The same for a lane that asks for one step at a time, as those of exports do: for the next
    /// one when the last has started and nobody else can start anything.
    void serve_one_by_one(lane_id lane, std::uint64_t size) {
        lanes_.push_back(served_lane{lane, size, size});
        lanes_.back().one_by_one = true;
        submit(lanes_.size() - 1);
    }

    /// Everything that the lane moved by each tick is kept.
    void run(unsigned seconds) {
        for (unsigned n = 0; n < seconds * ticks_per_second; ++n) {
            start_all();
            move();
            for (served_lane& lane : lanes_)
                lane.moved_by.push_back(lane.moved);
        }
    }

    std::uint64_t most_memory() const { return most_memory_; }

    std::size_t running() const { return running_.size(); }
    std::size_t running_of(std::size_t lane) const {
        return static_cast<std::size_t>(std::count_if(
            running_.begin(),
            running_.end(),
            [this, lane](step_id each) { return steps_.at(each).lane == lane; }
        ));
    }
    double moved(std::size_t lane) const { return lanes_[lane].moved; }

    /// Of each second that begins at any tick from the second one on, the largest deviation of a
    /// group of lanes from its share, as a part of that share.
    double most_uneven(
        const std::vector<std::vector<std::size_t>>& groups, const std::vector<double>& shares
    ) const {
        double worst = 0, weights = 0;
        for (const double each : shares)
            weights += each;
        const std::size_t ticks = lanes_.front().moved_by.size();
        for (std::size_t at = ticks_per_second; at + ticks_per_second < ticks; ++at) {
            std::vector<double> moved(groups.size(), 0);
            double all = 0;
            for (std::size_t n = 0; n < groups.size(); ++n)
                for (const std::size_t lane : groups[n]) {
                    const std::vector<double>& by = lanes_[lane].moved_by;
                    moved[n] += by[at + ticks_per_second] - by[at];
                    all += by[at + ticks_per_second] - by[at];
                }
            for (std::size_t n = 0; n < groups.size(); ++n) {
                const double due = all * shares[n] / weights;
                worst = std::max(worst, std::abs(moved[n] - due) / due);
            }
        }
        return worst;
    }

    scheduler rules;

  private:
    struct served_lane {
        lane_id id{};
        std::uint64_t least = 0, most = 0;
        bool stuck = false;
        bool one_by_one = false, asks = false;
        double moved = 0;
        std::vector<double> moved_by{};
    };
    struct under_way {
        std::size_t lane = 0;
        double left = 0;
    };

    void submit(std::size_t lane) {
        const served_lane& of = lanes_[lane];
        std::uniform_real_distribution<double> by(
            std::log(static_cast<double>(of.least)), std::log(static_cast<double>(of.most))
        );
        const auto size =
            of.least == of.most ? of.most : static_cast<std::uint64_t>(std::exp(by(random_)));
        steps_[rules.submit(of.id, size, size)] = {lane, static_cast<double>(size)};
    }

    /// One tick's worth, shared by those that run; who ends leaves his rest to the others.
    void move() {
        most_memory_ = std::max(most_memory_, rules.memory_in_use());
        double left = per_tick_;
        while (left > 1) {
            std::vector<step_id> moving;
            for (const step_id each : running_)
                if (!lanes_[steps_.at(each).lane].stuck) moving.push_back(each);
            if (moving.empty()) return;
            const double each_gets = left / static_cast<double>(moving.size());
            left = 0;
            for (const step_id each : moving) {
                under_way& step = steps_.at(each);
                const double moves = std::min(step.left, each_gets);
                step.left -= moves;
                lanes_[step.lane].moved += moves;
                left += each_gets - moves;
                if (step.left < 1) end(each);
            }
            start_all();
        }
    }

    void start_all() {
        bool asked = true;
        while (std::exchange(asked, false)) {
            while (const auto step = rules.start_next())
                start(*step);
            for (std::size_t lane = 0; lane < lanes_.size(); ++lane)
                if (std::exchange(lanes_[lane].asks, false)) {
                    submit(lane);
                    asked = true;
                }
        }
    }

    void start(step_id step) {
        running_.insert(step);
        served_lane& of = lanes_[steps_.at(step).lane];
        of.asks = of.one_by_one;
    }

    void end(step_id step) {
        const std::size_t lane = steps_.at(step).lane;
        running_.erase(step);
        steps_.erase(step);
        rules.finished(step);
        if (!lanes_[lane].one_by_one) submit(lane);
    }

    double per_tick_;
    std::mt19937 random_;
    std::vector<served_lane> lanes_;
    std::map<step_id, under_way> steps_;
    std::set<step_id> running_;
    std::uint64_t most_memory_ = 0;
};

constexpr std::array<unsigned, 3> weights{1, 2, 4};
constexpr std::uint64_t rate = 8'192 * mib; // a second holds some thousand steps
constexpr unsigned at_once = 16;

std::vector<std::vector<std::size_t>> each_alone(std::size_t lanes) {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t n = 0; n < lanes; ++n)
        groups.push_back({n});
    return groups;
}

/// Of three that differ in weight, and in the sizes of their steps, too.
double unevenness(rated_server& world, const std::vector<lane_id>& lanes, unsigned mix) {
    constexpr std::array<std::uint64_t, 3> least{64 * kib, 64 * kib, mib};
    constexpr std::array<std::uint64_t, 3> most{16 * mib, mib, 16 * mib};
    for (std::size_t n = 0; n < lanes.size(); ++n)
        world.serve(lanes[n], least[(n + mix) % 3], most[(n + mix) % 3]);
    world.run(4);
    return world.most_uneven(each_alone(lanes.size()), {1, 2, 4});
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_turns)

BOOST_AUTO_TEST_CASE(any_second_is_shared_by_the_weights_of_users) {
    for (const unsigned mix : {0u, 1u, 2u}) {
        rated_server world(within(512 * mib, at_once), rate, mix + 1);
        std::vector<lane_id> lanes;
        for (const unsigned weight : weights)
            lanes.push_back(world.rules.add_lane(
                world.rules.add_destination(world.rules.add_user(user_of(weight)))
            ));
        BOOST_TEST(unevenness(world, lanes, mix) < 0.05, "mix " << mix);
    }
}

BOOST_AUTO_TEST_CASE(any_second_is_shared_by_the_weights_of_destinations) {
    for (const unsigned mix : {0u, 1u, 2u}) {
        rated_server world(within(512 * mib, at_once), rate, mix + 1);
        const user_id us = world.rules.add_user();
        std::vector<lane_id> lanes;
        for (const unsigned weight : weights)
            lanes.push_back(world.rules.add_lane(world.rules.add_destination(us, weighing(weight)))
            );
        BOOST_TEST(unevenness(world, lanes, mix) < 0.05, "mix " << mix);
    }
}

BOOST_AUTO_TEST_CASE(any_second_is_shared_by_the_weights_of_lanes) {
    for (const unsigned mix : {0u, 1u, 2u}) {
        rated_server world(within(512 * mib, at_once), rate, mix + 1);
        const destination_id to = world.rules.add_destination(world.rules.add_user());
        std::vector<lane_id> lanes;
        for (const unsigned weight : weights)
            lanes.push_back(world.rules.add_lane(to, weight));
        BOOST_TEST(unevenness(world, lanes, mix) < 0.05, "mix " << mix);
    }
}

BOOST_AUTO_TEST_CASE(how_many_lanes_and_destinations_a_user_has_changes_nothing_of_its_share) {
    rated_server world(within(512 * mib, at_once), rate, 4);
    std::vector<std::vector<std::size_t>> of_user;
    std::size_t lanes = 0;
    for (const unsigned weight : weights) {
        const user_id us = world.rules.add_user(user_of(weight));
        of_user.emplace_back();
        for (unsigned d = 0; d < 5 - weight; ++d) {
            const destination_id to = world.rules.add_destination(us, weighing(1 + d));
            for (unsigned n = 0; n < 3; ++n) {
                world.serve(world.rules.add_lane(to), 64 * kib, 16 * mib);
                of_user.back().push_back(lanes++);
            }
        }
    }
    world.run(4);
    BOOST_TEST(world.most_uneven(of_user, {1, 2, 4}) < 0.05);
}

BOOST_AUTO_TEST_CASE(users_that_meet_at_an_endpoint_share_what_it_takes_at_once) {
    rated_server world(within(no_limit, 1'000), rate, 5);
    destination_rules there;
    there.at = world.rules.add_endpoint(at_once);
    std::vector<lane_id> lanes;
    for (const unsigned weight : weights)
        lanes.push_back(world.rules.add_lane(
            world.rules.add_destination(world.rules.add_user(user_of(weight)), there)
        ));
    for (const lane_id lane : lanes)
        world.serve(lane, 64 * kib, 16 * mib);
    world.run(4);
    BOOST_TEST(world.most_uneven(each_alone(lanes.size()), {1, 2, 4}) < 0.05);
    BOOST_TEST(world.rules.running(*there.at) == at_once);
    BOOST_TEST(world.running() == at_once);
}

BOOST_AUTO_TEST_CASE(steps_of_very_different_sizes_cost_nobody_his_share_of_an_endpoint) {
    constexpr std::array<std::uint64_t, 2> sizes{256 * kib, 4 * mib};
    for (unsigned mix = 1; mix < 7; ++mix) { // bit n: whether the steps of user n are large
        rated_server world(within(no_limit, 1'000), 256 * mib, 5); // a small one takes seven ticks
        destination_rules there;
        there.at = world.rules.add_endpoint(14);
        for (std::size_t n = 0; n < weights.size(); ++n)
            world.serve_one_by_one(
                world.rules.add_lane(
                    world.rules.add_destination(world.rules.add_user(user_of(weights[n])), there)
                ),
                sizes[mix >> n & 1]
            );
        world.run(6);
        const double off = world.most_uneven(each_alone(weights.size()), {1, 2, 4});
        BOOST_TEST(off < 0.1, "mix " << mix << ": " << off);
    }
}

BOOST_AUTO_TEST_CASE(who_asks_for_one_small_step_after_the_other_gets_as_much_as_large_ones) {
    scheduler rules(within(no_limit, 3));
    const lane_id small = rules.add_lane(rules.add_destination(rules.add_user()));
    const lane_id large = rules.add_lane(rules.add_destination(rules.add_user()));
    step_id asked = rules.submit(small, 1, 1);
    BOOST_TEST((rules.start_next() == asked));
    for (int n = 0; n < 3; ++n)
        rules.submit(large, 10, 10);
    BOOST_TEST(rules.start_next().has_value());
    BOOST_TEST(rules.start_next().has_value());
    int moved = 0;
    while (true) {
        rules.finished(asked);
        ++moved;
        asked = rules.submit(small, 1, 1);
        if (rules.start_next() != asked) break;
    }
    BOOST_TEST(moved == 21); // two large ones are under way; of equals the first one goes first
}

BOOST_AUTO_TEST_CASE(who_gets_nothing_done_leaves_others_their_part_of_an_endpoint) {
    rated_server world(within(no_limit, 1'000), rate, 6);
    destination_rules there;
    there.at = world.rules.add_endpoint(8);
    const auto joins = [&](bool stuck) {
        const user_id us = world.rules.add_user();
        world.serve(world.rules.add_lane(world.rules.add_destination(us, there)), mib, mib, stuck);
    };
    joins(true);
    joins(false);
    joins(false);
    world.run(1);
    BOOST_TEST(world.running_of(0) == 4u); // a third of eight, and one
    BOOST_TEST(world.running() == 8u);
    // Somebody who comes when nothing is left, and all of it is stuck, gets on, too.
    rated_server full(within(no_limit, 1'000), rate, 7);
    there.at = full.rules.add_endpoint(4);
    const auto comes = [&](bool stuck) {
        const user_id us = full.rules.add_user();
        full.serve(full.rules.add_lane(full.rules.add_destination(us, there)), mib, mib, stuck);
        full.run(1);
    };
    comes(true);
    BOOST_TEST(full.running_of(0) == 4u);
    comes(false);
    BOOST_TEST(full.running_of(1) == 1u);
    BOOST_TEST(full.moved(1) > 100.0 * mib);
    full.rules.set_concurrency(*there.at, 6);
    full.run(1);
    BOOST_TEST(full.running_of(1) == 2u);
}

BOOST_AUTO_TEST_CASE(a_higher_priority_goes_first_and_leaves_what_it_does_not_want) {
    rated_server world(within(512 * mib, at_once), rate, 8);
    const user_id low = world.rules.add_user(user_of(100, -1));
    const destination_id to = world.rules.add_destination(world.rules.add_user(user_of(1, 3)));
    world.serve(world.rules.add_lane(world.rules.add_destination(low)), mib, mib);
    world.serve(world.rules.add_lane(to), mib, 4 * mib);
    world.run(1);
    const double before = world.moved(0);
    BOOST_TEST(before < 0.01 * world.moved(1));
    world.rules.set_concurrency(to, 4);
    world.run(1);
    BOOST_TEST(world.running_of(1) == 4u);
    BOOST_TEST(world.running_of(0) == at_once - 4u);
    // And the other way round, while all of it runs.
    world.rules.set_share(low, 1, 4);
    const double behind = world.moved(1);
    world.run(1);
    BOOST_TEST(world.moved(1) - behind < 0.01 * static_cast<double>(rate));
}

BOOST_AUTO_TEST_CASE(who_comes_to_a_priority_is_neither_ahead_there_nor_behind) {
    rated_server world(within(512 * mib, at_once), rate, 9);
    const user_id one = world.rules.add_user(user_of(1)), two = world.rules.add_user(user_of(1, 1));
    world.serve(world.rules.add_lane(world.rules.add_destination(one)), mib, mib);
    world.serve(world.rules.add_lane(world.rules.add_destination(two)), mib, mib);
    world.run(2); // one has hardly anything
    world.rules.set_share(two, 1, 0);
    world.run(3);
    world.rules.set_share(two, 3, 0);
    const double of_one = world.moved(0), of_two = world.moved(1);
    world.run(1);
    BOOST_TEST(
        (world.moved(1) - of_two) / (world.moved(0) - of_one) == 3.0,
        boost::test_tools::tolerance(0.05)
    );
    BOOST_TEST(of_one / static_cast<double>(rate) == 1.5, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(nobody_of_a_priority_starves_whatever_the_others_send) {
    // 20 of them send small steps, one the largest that fits, with the least weight.
    rated_server world(within(64 * mib, at_once), rate, 10);
    for (int n = 0; n < 20; ++n) {
        const user_id us = world.rules.add_user(user_of(10));
        world.serve(world.rules.add_lane(world.rules.add_destination(us)), 64 * kib, mib);
    }
    const destination_id to = world.rules.add_destination(world.rules.add_user(user_of(1)));
    world.serve(world.rules.add_lane(to), 60 * mib, 60 * mib);
    world.run(8);
    const double due = 8.0 * static_cast<double>(rate) / 201;
    BOOST_TEST(world.moved(20) > 0.8 * due);
    BOOST_TEST(world.most_memory() < 124 * mib); // it may always run one
}

BOOST_AUTO_TEST_CASE(a_budget_of_one_part_is_enough_for_all) {
    rated_server world(within(mib, 1'000), rate, 11);
    for (int u = 0; u < 3; ++u) {
        const destination_id to = world.rules.add_destination(world.rules.add_user());
        for (int n = 0; n < 4; ++n)
            world.serve(world.rules.add_lane(to), mib, mib);
    }
    world.run(1);
    BOOST_TEST(world.most_memory() == 3 * mib);
    for (std::size_t n = 0; n < 12; ++n)
        BOOST_TEST(world.moved(n) > 0.9 * static_cast<double>(rate) / 12);
}

BOOST_AUTO_TEST_CASE(who_is_short_of_his_own_memory_holds_nobody_up) {
    rated_server world(within(100 * mib, 1'000), rate, 12);
    const user_id small = world.rules.add_user(user_of(1, 0, 4 * mib));
    world.serve(world.rules.add_lane(world.rules.add_destination(small)), 2 * mib, 2 * mib, true);
    const user_id large = world.rules.add_user(user_of(1));
    world.serve(world.rules.add_lane(world.rules.add_destination(large)), 2 * mib, 2 * mib);
    world.run(1);
    BOOST_TEST(world.running_of(0) == 2u);
    BOOST_TEST(world.running_of(1) == 48u);
    // What is reserved counts as used.
    world.rules.set_reserve(small, 50 * mib);
    world.run(1);
    BOOST_TEST(world.running_of(1) == 23u);
    BOOST_TEST(world.rules.memory_in_use() == 100 * mib);
    world.rules.set_reserve(small, 0);
    world.run(1);
    BOOST_TEST(world.running_of(1) == 48u);
}

BOOST_AUTO_TEST_CASE(while_a_higher_priority_waits_for_memory_a_lower_one_takes_none) {
    for (const int priority : {0, 1, 2}) {
        scheduler rules(within(10, 10));
        const lane_id of_one = rules.add_lane(rules.add_destination(rules.add_user(user_of(1, 1))));
        const user_id other = rules.add_user(user_of(1, priority));
        const lane_id of_other = rules.add_lane(rules.add_destination(other));
        const step_id running = rules.submit(of_one, 1, 6);
        BOOST_TEST((rules.start_next() == running));
        const step_id waits = rules.submit(of_one, 1, 6);
        const step_id comes = rules.submit(of_other, 1, 1);
        const auto next = rules.start_next();
        BOOST_TEST((next == (priority < 1 ? std::nullopt : std::optional(comes))));
        rules.finished(running);
        BOOST_TEST((rules.start_next() == waits));
    }
}

BOOST_AUTO_TEST_CASE(who_leaves_leaves_nothing_and_his_place_serves_another) {
    scheduler rules(within(10, 10));
    const endpoint_id place = rules.add_endpoint(2);
    destination_rules there;
    there.at = place;
    for (int n = 0; n < 3; ++n) {
        const user_id us = rules.add_user();
        rules.set_reserve(us, 5);
        const destination_id to = rules.add_destination(us, there);
        const lane_id lane = rules.add_lane(to);
        const step_id first = rules.submit(lane, 1, 1), second = rules.submit(lane, 1, 1),
                      third = rules.submit(lane, 1, 1);
        BOOST_TEST((rules.start_next() == first));
        BOOST_TEST((rules.start_next() == second));
        BOOST_TEST(!rules.start_next().has_value());
        BOOST_TEST(rules.memory_in_use() == 7u);
        BOOST_TEST(rules.cancel(third));
        rules.finished(first);
        rules.finished(second);
        BOOST_TEST(rules.running(place) == 0u);
        rules.remove(lane);
        rules.remove(to);
        rules.remove(us);
        BOOST_TEST(rules.memory_in_use() == 0u);
        BOOST_TEST((n == 0 || lane == lane_id{0}));
    }
}

BOOST_AUTO_TEST_CASE(a_decision_among_ten_thousand_users_takes_a_few_comparisons) {
    // All meet at one endpoint, each with destinations and lanes of his own.
    constexpr unsigned most = 32;
    scheduler rules(within(no_limit, 1'000'000));
    destination_rules there;
    there.at = rules.add_endpoint(most);
    std::vector<lane_id> lanes;
    for (int u = 0; u < 10'000; ++u) {
        const user_id us = rules.add_user(user_of(1 + u % 3, u % 2));
        for (int d = 0; d < 2; ++d) {
            const destination_id to = rules.add_destination(us, there);
            for (int n = 0; n < 2; ++n)
                lanes.push_back(rules.add_lane(to));
        }
    }
    std::uint64_t worst = 0;
    const auto costs = [&](auto what) {
        const std::uint64_t before = rules.comparisons();
        what();
        worst = std::max(worst, rules.comparisons() - before);
    };
    for (int round = 0; round < 3; ++round)
        for (const lane_id lane : lanes)
            costs([&] { rules.submit(lane, 10, 1); });
    BOOST_TEST(rules.waiting() == 120'000u);
    std::vector<step_id> running;
    bool more = true;
    const auto start_all = [&] {
        for (more = true; more;)
            costs([&] {
                const auto step = rules.start_next();
                more = step.has_value();
                if (step) running.push_back(*step);
            });
    };
    start_all(); // the first step of each destination waits for nobody
    BOOST_TEST(running.size() == 20'000u);
    constexpr std::uint64_t few = 600; // some 15 operations on sets of 2^14
    BOOST_TEST(worst < few);
    // Where there is room again, those look that may have waited for it: fewer than run at once.
    while (!running.empty()) {
        const step_id ended = running.back();
        running.pop_back();
        costs([&] { rules.finished(ended); });
        start_all();
    }
    BOOST_TEST(rules.waiting() == 0u);
    BOOST_TEST(worst < 4 * few);
}

BOOST_AUTO_TEST_SUITE_END()
