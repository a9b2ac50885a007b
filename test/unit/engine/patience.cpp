// How long to go on, and how long it will take.
#include "core/patience.hpp"

#include "core/rate_meter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(patience)

BOOST_AUTO_TEST_CASE(pauses_double_and_end_when_the_time_is_over) {
    sluice::patience with(60s);
    with.success();
    sluice::patience::time_point now{};
    std::chrono::milliseconds before{0}, total{0};
    while (const auto pause = with.after_failure(now)) {
        BOOST_TEST((*pause >= before || *pause == 60s - total));
        BOOST_TEST((*pause <= 8s));
        before = *pause;
        total += *pause;
        now += *pause;
    }
    BOOST_TEST((total == 60s));
}

BOOST_AUTO_TEST_CASE(a_success_starts_the_count_anew) {
    sluice::patience with(10s);
    with.success();
    sluice::patience::time_point now{};
    BOOST_TEST((with.after_failure(now) == 250ms));
    now += 9s;
    BOOST_TEST(with.after_failure(now).has_value());
    with.success();
    now += 1h;
    BOOST_TEST((with.after_failure(now) == 250ms));
}

BOOST_AUTO_TEST_CASE(a_store_that_never_answered_is_given_up_soon) {
    sluice::patience with(15min);
    sluice::patience::time_point now{};
    BOOST_TEST(with.after_failure(now).has_value());
    BOOST_TEST(!with.after_failure(now + 5s).has_value());
}

BOOST_AUTO_TEST_CASE(a_store_that_answers_badly_is_there) {
    sluice::patience with(15min);
    sluice::patience::time_point now{};
    with.answered();
    BOOST_TEST(with.after_failure(now).has_value());
    BOOST_TEST(with.after_failure(now + 14min).has_value());
    BOOST_TEST(!with.after_failure(now + 15min).has_value());
}

/// When those who wait for a store that never answers well ask it, in seconds from its first
/// failure. Each asks when its pause is over, and fails at once.
std::vector<std::chrono::seconds> asked_by(std::size_t waiting, std::chrono::hours for_long) {
    sluice::patience with(for_long);
    with.answered();
    const sluice::patience::time_point begin = sluice::patience::time_point() + 24h;
    std::multiset<sluice::patience::time_point> turns;
    for (std::size_t n = 0; n < waiting; ++n)
        turns.insert(begin + n * 1ms);
    std::vector<std::chrono::seconds> asked;
    while (!turns.empty()) {
        const auto now = *turns.begin();
        turns.erase(turns.begin());
        if (const auto pause = with.after_failure(now)) turns.insert(now + *pause);
        asked.push_back(std::chrono::duration_cast<std::chrono::seconds>(now - begin));
    }
    return asked;
}

BOOST_AUTO_TEST_CASE(a_store_that_is_down_for_long_is_asked_less_than_every_20_s_by_all_together) {
    for (const std::size_t waiting : {1u, 2u, 16u, 100u}) {
        const auto asked = asked_by(waiting, 2h);
        // The last pause of the first two minutes may have been just before their end.
        const auto in_the_hour = std::count_if(asked.begin(), asked.end(), [](auto at) {
            return at >= 130s && at < 130s + 1h;
        });
        BOOST_TEST(in_the_hour <= 180, waiting << " waiting");
        BOOST_TEST(in_the_hour >= 140, waiting << " waiting");
    }
}

BOOST_AUTO_TEST_CASE(after_a_success_pauses_are_short_again) {
    sluice::patience with(1h);
    with.success();
    sluice::patience::time_point now{};
    with.after_failure(now);
    now += 3min;
    BOOST_TEST((with.after_failure(now) == 25s));
    BOOST_TEST((with.after_failure(now) == 50s));
    const auto before = with.successes();
    with.success();
    BOOST_TEST(with.successes() != before);
    BOOST_TEST((with.after_failure(now) == 250ms));
    now += 3min;
    BOOST_TEST((with.after_failure(now) == 25s));
}

BOOST_AUTO_TEST_CASE(a_steady_rate_is_told_as_it_is) {
    rate_meter meter;
    for (int second = 1; second < 60; ++second)
        meter.observe(static_cast<std::uint64_t>(second) * 1000, second);
    BOOST_TEST(meter.per_second() == 1000, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(time_left_is_unknown_without_a_rate) {
    BOOST_TEST(!seconds_left(10, 0).has_value());
    BOOST_TEST(seconds_left(0, 0).value() == 0);
    BOOST_TEST(seconds_left(10, 4).value() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
