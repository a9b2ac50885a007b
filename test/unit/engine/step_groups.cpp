// Lanes in step: who shares which block, who waits for whom and for how long, in virtual time.
#include "core/step_group.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

BOOST_AUTO_TEST_SUITE(step_groups)

namespace {

using namespace sluice;
using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1 << 20;

stretch object_at(std::int64_t first) {
    stretch object;
    object.first.sequence = first;
    object.part_size = 16 * mib;
    object.object_bytes = 256 * mib;
    return object;
}

step_block block(unsigned part, std::int64_t first) {
    step_block one;
    one.part = part;
    one.first.sequence = first;
    one.next.sequence = first + 1;
    return one;
}

step_rules small_window() {
    step_rules rules;
    rules.window = 2 * mib;
    rules.budget = 8 * mib;
    rules.first_block = 20ms;
    rules.longest_wait = rules.longest_standstill = std::chrono::hours(1);
    return rules;
}

/// A group of two that have both begun part 1 of the same object.
struct pair_in_step {
    line_book lines;
    step_group group{small_window(), lines};
    step_group::member a = group.join(1, object_at(0)), b = group.join(2, object_at(0));

    pair_in_step() {
        group.begin(a, 1, 0ms);
        group.begin(b, 1, 0ms);
    }
};

/// Lanes that send one part each, block by block, at speeds of their own, in steps of a
/// millisecond. Sharing is the group's; a block costs `blocks * each lane's` milliseconds to send.
struct simulation {
    struct lane {
        step_group::member id = 0;
        double speed = 1; ///< blocks per millisecond
        double sent = 0;
        std::chrono::milliseconds waited{0};
        std::chrono::milliseconds finished{0};
        std::int64_t holds = -1;
        std::int64_t ends_at = std::numeric_limits<std::int64_t>::max(); ///< block
    };
    line_book book;
    step_group group;
    std::vector<lane> lanes;
    std::int64_t blocks;
    std::vector<bool> kept;
    std::uint64_t made = 0;
    std::function<void(step_group&, step_group::member)> end; ///< of a lane that ends early

    simulation(const step_rules& rules, std::vector<double> speeds, std::int64_t n)
        : group(rules, book), blocks(n), kept(static_cast<std::size_t>(n), false) {
        for (const double speed : speeds) {
            lane one;
            one.id = group.join(lanes.size(), object_at(0));
            one.speed = speed;
            lanes.push_back(one);
        }
        for (lane& each : lanes)
            group.begin(each.id, 1, 0ms);
    }

    void settle() {
        for (const step_block& each : group.take_unwanted())
            kept[static_cast<std::size_t>(each.first.sequence)] = false;
    }

    /// True: the lane holds the block that it is to send.
    bool hold(lane& at, std::int64_t n, std::chrono::milliseconds now) {
        if (at.holds == n) return true;
        const step_block wanted = block(1, n);
        if (!kept[static_cast<std::size_t>(n)]) {
            if (group.should_wait_to_make(at.id, wanted)) {
                at.waited += 1ms;
                group.waited(at.id, 1, now, now + 1ms);
                settle();
                return false;
            }
            ++made;
            if (group.keep(at.id, wanted, mib, now)) kept[static_cast<std::size_t>(n)] = true;
        }
        at.holds = n;
        return true;
    }

    void run() {
        bool more = true;
        constexpr std::chrono::minutes for_ever{10};
        for (std::chrono::milliseconds now{0}; more && now < for_ever; now += 1ms) {
            more = false;
            for (lane& at : lanes) {
                if (at.sent >= static_cast<double>(blocks)) continue;
                more = true;
                const auto n = static_cast<std::int64_t>(at.sent);
                if (n >= at.ends_at) {
                    at.sent = static_cast<double>(blocks);
                    end(group, at.id);
                    settle();
                    continue;
                }
                if (!hold(at, n, now)) continue;
                at.sent += at.speed;
                if (static_cast<std::int64_t>(at.sent) == n) continue;
                group.passed(at.id, block(1, n), mib, now);
                group.look(at.id, 1, 0, now);
                settle();
                at.finished = now;
            }
        }
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_block_is_kept_until_all_have_used_it) {
    pair_in_step two;
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    BOOST_TEST(two.group.kept_bytes() == mib);
    two.group.passed(two.a, block(1, 0), mib, 0ms);
    BOOST_TEST(two.group.take_unwanted().empty());
    two.group.passed(two.b, block(1, 0), mib, 0ms);
    BOOST_TEST(two.group.take_unwanted().size() == 1u);
    BOOST_TEST(two.group.take_unwanted().empty());
    BOOST_TEST(two.group.kept_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_for_who_has_passed_or_sends_another_object) {
    pair_in_step two;
    two.group.passed(two.b, block(1, 0), mib, 0ms);
    BOOST_TEST(!two.group.keep(two.a, block(1, 0), mib, 0ms));
    const auto elsewhere = two.group.join(3, object_at(500));
    two.group.begin(elsewhere, 1, 0ms);
    BOOST_TEST(!two.group.keep(elsewhere, block(1, 500), mib, 0ms));
    BOOST_TEST(two.group.together(elsewhere) == 1u);
    BOOST_TEST(two.group.together(two.a) == 2u);
}

BOOST_AUTO_TEST_CASE(a_part_that_needs_no_sending_is_awaited_by_nobody) {
    pair_in_step two;
    two.group.begin(two.b, 2, 0ms);
    two.group.end(two.b, 2, 0ms);
    two.group.begin(two.a, 2, 0ms);
    BOOST_TEST(!two.group.keep(two.a, block(2, 16), mib, 0ms));
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    two.group.end(two.b, 1, 0ms);
    BOOST_TEST(two.group.take_unwanted().size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_does_not_know_its_object_yet_is_kept_for) {
    line_book lines;
    step_group group(small_window(), lines);
    const auto a = group.join(1, object_at(0)), late = group.join(2, std::nullopt);
    group.begin(a, 1, 0ms);
    BOOST_TEST(group.keep(a, block(1, 0), mib, 0ms));
    group.choose(late, object_at(0));
    BOOST_TEST(group.take_unwanted().empty());
    const auto other = group.join(3, std::nullopt);
    BOOST_TEST(group.keep(a, block(1, 1), mib, 0ms));
    group.passed(late, block(1, 1), mib, 0ms);
    group.choose(other, object_at(700));
    BOOST_TEST(group.take_unwanted().size() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_are_for_full_windows_only) {
    pair_in_step two;
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    two.group.passed(two.a, block(1, 0), mib, 0ms);
    BOOST_TEST(!two.group.should_wait_to_make(two.a, block(1, 1)));
    BOOST_TEST(two.group.keep(two.a, block(1, 1), mib, 0ms));
    two.group.passed(two.a, block(1, 1), mib, 0ms);
    BOOST_TEST(two.group.should_wait_to_make(two.a, block(1, 2)));
    // In another part nothing is kept yet: one block may always be made.
    two.group.begin(two.a, 2, 0ms);
    BOOST_TEST(!two.group.should_wait_to_make(two.a, block(2, 16)));
    two.group.passed(two.b, block(1, 0), mib, 0ms);
    BOOST_TEST(!two.group.should_wait_to_make(two.a, block(1, 2)));
}

BOOST_AUTO_TEST_CASE(patience_ends_and_comes_back) {
    pair_in_step two;
    for (std::int64_t n = 0; n < 2; ++n) {
        BOOST_TEST(two.group.keep(two.a, block(1, n), mib, 0ms));
        two.group.passed(two.a, block(1, n), mib, 0ms);
    }
    two.group.look(two.a, 1, 0, 1ms);
    two.group.waited(two.a, 1, 0ms, 80ms); // 20 ms earned meanwhile, beyond the most it can have
    BOOST_TEST(two.group.in_step(two.b));
    two.group.waited(two.a, 1, 150ms, 160ms); // 20 ms earned
    BOOST_TEST(two.group.in_step(two.b));
    two.group.waited(two.a, 1, 160ms, 180ms);
    BOOST_TEST(!two.group.in_step(two.b));
    BOOST_TEST(two.group.take_unwanted().size() == 2u);
    BOOST_TEST(!two.group.should_wait_to_make(two.a, block(1, 2)));
    BOOST_TEST(two.group.together(two.a) == 1u);
}

/// Two that have sent for two seconds in step, each over a line of its own speed (MiB a second):
/// the faster one stood still for the rest of the time.
struct pair_of_lines : pair_in_step {
    step_group::time now{0};

    pair_of_lines(double of_a, double of_b) {
        const double slower = std::min(of_a, of_b);
        const auto each = step_group::time(static_cast<std::int64_t>(1e9 / slower));
        for (std::int64_t n = 0; now < 2s; ++n) {
            stand(a, each, slower / of_a);
            stand(b, each, slower / of_b);
            now += each;
            for (const auto who : {a, b}) {
                group.passed(who, block(1, n), mib, now);
                group.look(who, 1, 0, now);
            }
        }
    }
    /// After a part of that time; nobody is awaited, so that nobody is charged.
    void stand(step_group::member who, step_group::time each, double busy) {
        const double sending = busy * static_cast<double>(each.count());
        group.waited(
            who, 1, now + step_group::time(static_cast<std::int64_t>(sending)), now + each
        );
    }
};

/// Whether b may keep a waiting for so long, in all the parts that a has under way.
bool bears(pair_in_step& two, step_group::time now, step_group::time span, unsigned parts = 1) {
    BOOST_TEST(two.group.in_step(two.b));
    for (unsigned part = 1; part <= parts; ++part)
        BOOST_TEST(two.group.keep(two.a, block(part, 1000), mib, now));
    constexpr auto rest = 10ms;
    for (auto waited = 0ns; waited < span; waited += rest)
        for (unsigned part = 1; part <= parts; ++part)
            two.group.waited(two.a, part, now + waited, now + waited + rest);
    return two.group.in_step(two.b);
}

BOOST_AUTO_TEST_CASE(of_a_line_as_fast_as_others_patience_lasts_longer) {
    // Worked off meanwhile is a quarter.
    for (const double of_b : {8.0, 6.6, 20.0}) {
        pair_of_lines shorter(8, of_b), longer(8, of_b);
        BOOST_TEST(bears(shorter, shorter.now, 2400ms), of_b);
        BOOST_TEST(!bears(longer, longer.now, 3000ms), of_b);
    }
    for (const double of_b : {5.4, 4.0, 0.5}) {
        pair_of_lines shorter(8, of_b), longer(8, of_b);
        BOOST_TEST(bears(shorter, shorter.now, 60ms), of_b);
        BOOST_TEST(!bears(longer, longer.now, 250ms), of_b);
    }
}

BOOST_AUTO_TEST_CASE(what_is_on_its_way_has_not_left) {
    pair_in_step two;
    for (std::int64_t n = 0; n < 16; ++n) {
        const auto now = step_group::time((n + 1) * 125ms);
        for (const auto who : {two.a, two.b})
            two.group.passed(who, block(1, n), mib, now);
        two.group.look(two.a, 1, 0, now);
        two.group.look(two.b, 1, static_cast<std::uint64_t>(n + 1) * mib, now);
    }
    BOOST_TEST(!bears(two, 2s, 250ms));
}

BOOST_AUTO_TEST_CASE(a_part_that_has_ended_has_left) {
    pair_in_step two;
    for (const auto who : {two.a, two.b}) {
        two.group.passed(who, block(1, 0), 16 * mib, 10ms);
        two.group.look(who, 1, 16 * mib, 10ms);
        two.group.end(who, 1, 2s);
        two.group.begin(who, 2, 2s);
    }
    BOOST_TEST(two.group.keep(two.a, block(2, 16), mib, 2s));
    for (auto at = 2000ms; at < 3000ms; at += 10ms)
        two.group.waited(two.a, 2, at, at + 10ms);
    BOOST_TEST(two.group.in_step(two.b));
}

BOOST_AUTO_TEST_CASE(many_connections_count_as_many) {
    // Each connection of either carries as much; a has four.
    pair_in_step two;
    for (unsigned part = 2; part <= 4; ++part)
        two.group.begin(two.a, part, 0ms);
    for (std::int64_t n = 0; n < 16; ++n) {
        const auto now = step_group::time((n + 1) * 125ms);
        for (unsigned part = 1; part <= 4; ++part) {
            two.group.passed(two.a, block(part, 100 * part + n), mib, now);
            two.group.look(two.a, part, 0, now);
        }
        two.group.passed(two.b, block(1, 100 + n), mib, now);
        two.group.look(two.b, 1, 0, now);
    }
    BOOST_TEST(!bears(two, 2s, 250ms, 4));
}

BOOST_AUTO_TEST_CASE(others_have_begun_a_part) {
    pair_in_step two;
    const auto elsewhere = two.group.join(3, object_at(500));
    two.group.begin(elsewhere, 4, 0ms);
    two.group.begin(two.a, 2, 0ms);
    BOOST_TEST(two.group.is_begun_by_others(two.b, 2));
    BOOST_TEST(!two.group.is_begun_by_others(two.b, 3));
    BOOST_TEST(!two.group.is_begun_by_others(two.a, 2));
    two.group.step_out(two.a);
    BOOST_TEST(!two.group.is_begun_by_others(two.b, 2));
}

BOOST_AUTO_TEST_CASE(connections_of_all_partitions_count) {
    // b sends over one connection here, and over three in another partition.
    pair_in_step here;
    step_group there(small_window(), here.lines);
    const auto b_there = there.join(2, object_at(0));
    for (unsigned part = 1; part <= 3; ++part)
        there.begin(b_there, part, 0ms);
    for (unsigned part = 2; part <= 4; ++part)
        here.group.begin(here.a, part, 0ms);
    for (const auto who : {here.a, here.b}) {
        here.group.passed(who, block(1, 0), mib, 1s);
        here.group.look(who, 1, 0, 1s);
    }
    BOOST_TEST(bears(here, 2s, 500ms));
}

BOOST_AUTO_TEST_CASE(a_destination_that_holds_others_up_in_all_partitions_is_waited_for_once) {
    // Of a's four connections each waits in a partition of its own: a quarter of its time in each.
    line_book lines;
    std::vector<std::unique_ptr<step_group>> all;
    step_group::member a = 0, b = 0;
    for (int n = 0; n < 4; ++n) {
        all.push_back(std::make_unique<step_group>(small_window(), lines));
        a = all.back()->join(1, object_at(0));
        b = all.back()->join(2, object_at(0));
        all.back()->begin(a, 1, 0ms);
        all.back()->begin(b, 1, 0ms);
        BOOST_TEST(all.back()->keep(a, block(1, 0), mib, 0ms));
    }
    for (auto now = 0ms; now < 4000ms; now += 10ms)
        for (const auto& each : all)
            each->waited(a, 1, now, now + 10ms);
    for (const auto& each : all)
        BOOST_TEST(!each->in_step(b));
}

BOOST_AUTO_TEST_CASE(two_that_wait_for_each_other_in_two_partitions_part) {
    line_book lines;
    step_rules rules = small_window();
    rules.longest_standstill = step_rules().longest_standstill;
    step_group one(rules, lines), two(rules, lines);
    const auto a1 = one.join(1, object_at(0)), b1 = one.join(2, object_at(0));
    const auto a2 = two.join(1, object_at(0)), b2 = two.join(2, object_at(0));
    one.begin(a1, 1, 0ms);
    two.begin(b2, 1, 0ms);
    BOOST_TEST(one.keep(a1, block(1, 0), mib, 0ms));
    BOOST_TEST(two.keep(b2, block(1, 0), mib, 0ms));
    for (auto now = 0ms; now < 4000ms; now += 10ms) {
        one.waited(a1, 1, now, now + 10ms);
        two.waited(b2, 1, now, now + 10ms);
        if (now < 2900ms) BOOST_TEST((one.in_step(b1) && two.in_step(a2)));
    }
    BOOST_TEST(!one.in_step(b1));
    BOOST_TEST(!two.in_step(a2));
}

BOOST_AUTO_TEST_CASE(a_line_is_known_from_object_to_object) {
    for (const double of_b : {7.0, 0.5}) {
        pair_of_lines two(8, of_b);
        two.group.leave(two.a);
        two.group.leave(two.b);
        two.a = two.group.join(1, object_at(5000));
        two.b = two.group.join(2, object_at(5000));
        two.group.begin(two.a, 1, two.now);
        BOOST_TEST(bears(two, two.now, 500ms) == (of_b > 6), of_b);
    }
}

BOOST_AUTO_TEST_CASE(who_fills_the_budget_leaves) {
    step_rules rules = small_window();
    rules.patience = std::chrono::hours(1);
    line_book lines;
    step_group group(rules, lines);
    const auto a = group.join(1, object_at(0)), b = group.join(2, object_at(0));
    group.begin(a, 1, 0ms);
    group.begin(b, 1, 0ms);
    for (std::int64_t n = 0; n < 8; ++n) {
        BOOST_TEST(group.keep(a, block(1, n), mib, 0ms));
        group.passed(a, block(1, n), mib, 0ms);
        BOOST_TEST(group.in_step(b));
        group.waited(a, 1, 0ms, 1ms);
    }
    BOOST_TEST(!group.in_step(b));
    BOOST_TEST(group.kept_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(parts_begin_together) {
    pair_in_step two;
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 3));
    two.group.begin(two.a, 2, 0ms);
    two.group.begin(two.a, 3, 0ms);
    BOOST_TEST(two.group.should_wait_to_begin(two.a, 4));
    two.group.begin(two.b, 2, 0ms);
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 4));
}

BOOST_AUTO_TEST_CASE(who_leaves_leaves_nothing) {
    pair_in_step two;
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    two.group.leave(two.b);
    BOOST_TEST(two.group.take_unwanted().size() == 1u);
    two.group.leave(two.a);
    BOOST_TEST(two.group.kept_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(who_pauses_or_fails_is_out_of_step_at_once_and_ends_what_it_has_begun) {
    pair_in_step two;
    two.group.begin(two.a, 2, 0ms);
    two.group.begin(two.a, 3, 0ms);
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    BOOST_TEST(two.group.keep(two.a, block(1, 1), mib, 0ms));
    BOOST_TEST(two.group.should_wait_to_begin(two.a, 4));
    BOOST_TEST(two.group.should_wait_to_make(two.a, block(1, 2)));
    two.group.step_out(two.b);
    BOOST_TEST(two.group.take_unwanted().size() == 2u);
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 4));
    BOOST_TEST(!two.group.should_wait_to_make(two.a, block(1, 2)));
    BOOST_TEST(!two.group.keep(two.a, block(1, 2), mib, 0ms));
    BOOST_TEST(two.group.together(two.a) == 1u);
    // It sends what it has begun, for itself.
    BOOST_TEST(!two.group.should_wait_to_make(two.b, block(1, 0)));
    BOOST_TEST(!two.group.keep(two.b, block(1, 0), mib, 0ms));
    two.group.passed(two.b, block(1, 0), mib, 0ms);
    two.group.end(two.b, 1, 0ms);
    two.group.leave(two.b);
    BOOST_TEST(two.group.kept_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(who_was_out_of_step_is_in_step_again_in_its_next_object) {
    pair_in_step two;
    two.group.step_out(two.b);
    two.group.leave(two.b);
    const auto again = two.group.join(2, object_at(0));
    BOOST_TEST(two.group.in_step(again));
    BOOST_TEST(two.group.together(two.a) == 2u);
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 1ms));
}

BOOST_AUTO_TEST_CASE(who_is_cut_while_it_is_awaited_is_missed_by_nobody) {
    pair_in_step two;
    two.group.begin(two.a, 2, 0ms);
    two.group.begin(two.a, 3, 0ms);
    BOOST_TEST(two.group.should_wait_to_begin(two.a, 4));
    two.group.leave(two.b);
    two.group.waited(two.a, 4, 0ms, 20ms);
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 4));
    BOOST_TEST(two.group.in_step(two.a));
}

BOOST_AUTO_TEST_CASE(of_an_object_that_ends_early_no_further_parts_are_awaited) {
    pair_in_step two;
    two.group.begin(two.a, 2, 0ms);
    two.group.begin(two.a, 3, 0ms);
    BOOST_TEST(two.group.keep(two.a, block(1, 0), mib, 0ms));
    BOOST_TEST(two.group.keep(two.a, block(2, 16), mib, 0ms));
    BOOST_TEST(two.group.keep(two.a, block(3, 32), mib, 0ms));
    BOOST_TEST(two.group.should_wait_to_begin(two.a, 4));
    two.group.ends_with(two.b, 2);
    BOOST_TEST(two.group.take_unwanted().size() == 1u);
    BOOST_TEST(!two.group.keep(two.a, block(3, 33), mib, 0ms));
    // Its second part, which it has not begun yet, is still shared, and awaited.
    BOOST_TEST(two.group.kept_bytes() == 2 * mib);
    BOOST_TEST(two.group.should_wait_to_make(two.a, block(2, 17)));
    BOOST_TEST(two.group.should_wait_to_begin(two.a, 4));
    two.group.begin(two.b, 2, 0ms);
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 4));
    BOOST_TEST(!two.group.should_wait_to_begin(two.a, 9));
}

BOOST_AUTO_TEST_CASE(who_ends_on_the_way_costs_the_others_nothing) {
    const std::vector<std::function<void(step_group&, step_group::member)>> ends{
        [](step_group& group, step_group::member who) { group.step_out(who); },
        [](step_group& group, step_group::member who) { group.leave(who); },
        [](step_group& group, step_group::member who) { group.end(who, 1, 0ms); }};
    for (const auto& end : ends) {
        simulation run(step_rules(), {0.7, 0.7, 0.7, 0.7}, 1000);
        run.lanes[1].ends_at = 300;
        run.end = end;
        run.run();
        BOOST_TEST(run.made == 1000u);
        for (const std::size_t n : {0, 2, 3})
            BOOST_TEST(run.lanes[n].waited == 0ms);
    }
}

BOOST_AUTO_TEST_CASE(rates_a_tenth_apart_stay_together) {
    // 40 ms a block, 25 MiB/s each, 800 blocks.
    simulation run(step_rules(), {0.0275, 0.025, 0.0225, 0.025}, 800);
    run.run();
    for (const simulation::lane& each : run.lanes)
        BOOST_TEST(run.group.in_step(each.id));
    BOOST_TEST(run.made == 800u);
}

BOOST_AUTO_TEST_CASE(of_many_awaited_each_is_to_blame_for_a_part) {
    line_book lines;
    step_group group(small_window(), lines);
    std::vector<step_group::member> all;
    for (int n = 0; n < 8; ++n)
        all.push_back(group.join(all.size(), object_at(0)));
    for (const auto each : all)
        group.begin(each, 1, 0ms);
    for (std::int64_t n = 0; n < 2; ++n)
        BOOST_TEST(group.keep(all[0], block(1, n), mib, 0ms));
    group.waited(all[0], 1, 0ms, 120ms);
    BOOST_TEST(group.together(all[0]) == 8u);
    for (std::size_t n = 0; n < 7; ++n)
        for (std::int64_t at = 0; at < 2; ++at)
            group.passed(all[n], block(1, at), mib, 0ms);
    for (std::size_t n = 0; n < 7; ++n)
        group.look(all[n], 1, 0, 1ms);
    // Only one of the seven waits so far: a seventh of their time.
    group.waited(all[0], 1, 120ms, 240ms);
    BOOST_TEST(group.in_step(all[7]));
    for (std::size_t n = 1; n < 7; ++n)
        group.waited(all[n], 1, 120ms, 240ms);
    BOOST_TEST(group.together(all[0]) == 7u);
    BOOST_TEST(!group.in_step(all[7]));
}

BOOST_AUTO_TEST_CASE(what_counts_is_the_share_of_all_parts_under_way) {
    // The one waits for the other in one of its four parts at a time, always.
    pair_in_step two;
    for (unsigned part = 2; part <= 4; ++part) {
        two.group.begin(two.a, part, 0ms);
        two.group.begin(two.b, part, 0ms);
    }
    for (unsigned part = 1; part <= 4; ++part)
        BOOST_TEST(two.group.keep(two.a, block(part, 16 * part), mib, 0ms));
    for (int n = 0; n < 1000; ++n)
        two.group.waited(two.a, 1 + n % 4, n * 10ms, (n + 1) * 10ms);
    BOOST_TEST(two.group.in_step(two.b));
    // Two of four is too much.
    for (int n = 1000; n < 2400; ++n)
        for (const unsigned part : {1, 2})
            two.group.waited(two.a, part, n * 10ms, (n + 1) * 10ms);
    BOOST_TEST(!two.group.in_step(two.b));
}

BOOST_AUTO_TEST_CASE(a_slow_half_costs_the_other_little) {
    simulation run(step_rules(), {1, 1, 0.05, 0.05}, 8000);
    run.run();
    BOOST_TEST(run.lanes[0].finished <= 8600ms);
    BOOST_TEST(run.made <= 24000u);
}

BOOST_AUTO_TEST_CASE(a_slow_one_costs_the_others_little) {
    for (const double speed : {0.05, 0.1, 0.5}) {
        simulation run(step_rules(), {1, 1, speed, 1}, 4000);
        run.run();
        BOOST_TEST(!run.group.in_step(run.lanes[2].id));
        // Alone they need 4,000 ms.
        BOOST_TEST(run.lanes[0].finished <= 4250ms);
        BOOST_TEST(run.lanes[0].finished >= 3990ms);
        // The slow one reads for itself; the others share.
        BOOST_TEST(run.made <= 8000u);
    }
}

BOOST_AUTO_TEST_CASE(equal_ones_read_once_and_do_not_wait) {
    simulation run(step_rules(), {0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7}, 1000);
    run.run();
    BOOST_TEST(run.made == 1000u);
    for (const simulation::lane& each : run.lanes)
        BOOST_TEST(each.waited == 0ms);
}

BOOST_AUTO_TEST_SUITE_END()
