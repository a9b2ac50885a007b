// test: retry arithmetic.
#include <sluice/base/retry.hpp>

#include <boost/test/unit_test.hpp>

using sluice::failure_class;
using sluice::pause_before_retry;
using std::chrono::milliseconds;

namespace {

constexpr double full = 1.0; // one step beyond the jitter's range: shows t itself

sluice::retry_rules many_tries() {
    sluice::retry_rules rules;
    rules.max_attempts = 100;
    return rules;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(pauses_double_from_their_base_up_to_the_cap) {
    const auto rules = many_tries();
    const int transient[] = {50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000};
    const int throttled[] = {1000, 2000, 4000, 8000, 16000, 20000, 20000};
    unsigned attempt = 0;
    for (const int expected : transient)
        BOOST_TEST(
            pause_before_retry(rules, ++attempt, failure_class::retry, full)->count() == expected
        );
    attempt = 0;
    for (const int expected : throttled)
        BOOST_TEST(
            pause_before_retry(rules, ++attempt, failure_class::throttle, full)->count() == expected
        );
    BOOST_TEST(pause_before_retry(rules, 99, failure_class::retry, full)->count() == 20000);
}

BOOST_AUTO_TEST_CASE(jitter_scales_the_whole_pause) {
    const auto rules = many_tries();
    BOOST_TEST(pause_before_retry(rules, 3, failure_class::retry, 0.0)->count() == 0);
    BOOST_TEST(pause_before_retry(rules, 3, failure_class::retry, 0.25)->count() == 50);
}

BOOST_AUTO_TEST_CASE(the_servers_hint_replaces_the_pause_within_limits) {
    const auto rules = many_tries();
    const auto hinted = [&](int hint) {
        return pause_before_retry(rules, 1, failure_class::throttle, 0.1, milliseconds(hint))
            ->count();
    };
    BOOST_TEST(hinted(10) == 1000);
    BOOST_TEST(hinted(2500) == 2500);
    BOOST_TEST(hinted(60'000) == 6000);
}

BOOST_AUTO_TEST_CASE(the_last_attempt_and_permanent_failures_have_no_next) {
    const sluice::retry_rules rules;
    BOOST_TEST(pause_before_retry(rules, 1, failure_class::retry, 0).has_value());
    BOOST_TEST(pause_before_retry(rules, 2, failure_class::refresh_credentials, 0).has_value());
    BOOST_TEST(!pause_before_retry(rules, 3, failure_class::retry, 0).has_value());
    BOOST_TEST(!pause_before_retry(rules, 1, failure_class::permanent, 0).has_value());
    BOOST_TEST(!pause_before_retry(rules, 1, failure_class::cancelled, 0).has_value());
    BOOST_TEST(
        !pause_before_retry(rules, 1, failure_class::cancelled, 0, milliseconds(1)).has_value()
    );
}

BOOST_AUTO_TEST_CASE(tokens_run_out_and_come_back_up_to_capacity) {
    sluice::retry_tokens tokens(30);
    BOOST_TEST(tokens.take(14));
    BOOST_TEST(tokens.take(14));
    BOOST_TEST(!tokens.take(14));
    BOOST_TEST(tokens.left() == 2u);
    BOOST_TEST(tokens.take(2));
    BOOST_TEST(tokens.left() == 0u);
    tokens.give(14);
    BOOST_TEST(tokens.left() == 14u);
    tokens.give(100);
    BOOST_TEST(tokens.left() == 30u);
}

BOOST_AUTO_TEST_SUITE_END()
