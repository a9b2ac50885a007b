// Tests of s3client/src/core/attempts.cpp: which failures are worth another try.
#include "core/attempts.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(attempt_rules)

failure failure_of(error_code code) {
    failure why;
    why.code = code;
    return why;
}

struct tries_of_a_call {
    explicit tries_of_a_call(unclear_outcome unclear = unclear_outcome::retry)
        : tries(rules, shared, unclear) {}
    std::optional<std::chrono::milliseconds>
    after(error_code code, std::optional<std::chrono::milliseconds> hint = std::nullopt) {
        return tries.after(failure_of(code), 0.5, hint);
    }
    retry_rules rules;
    std::shared_ptr<retry_budget> shared = std::make_shared<retry_budget>();
    attempts tries;
};

BOOST_AUTO_TEST_CASE(pauses_double_and_end_with_the_last_try) {
    tries_of_a_call call;
    BOOST_TEST((call.after(s3_errc::internal_error) == 25ms));
    BOOST_TEST((call.after(s3_errc::connection_lost) == 50ms));
    BOOST_TEST(call.tries.made() == 3u);
    BOOST_TEST(!call.after(s3_errc::internal_error).has_value());
}

BOOST_AUTO_TEST_CASE(throttling_waits_longer_and_heeds_the_servers_hint) {
    tries_of_a_call call;
    BOOST_TEST((call.after(s3_errc::slow_down) == 500ms));
    BOOST_TEST((tries_of_a_call().after(s3_errc::slow_down, 3000ms) == 3000ms));
}

BOOST_AUTO_TEST_CASE(what_cannot_get_better_is_not_tried_again) {
    for (const s3_errc each :
         {s3_errc::access_denied,
          s3_errc::invalid_credentials,
          s3_errc::expired_token,
          s3_errc::request_time_too_skewed,
          s3_errc::no_such_bucket,
          s3_errc::no_such_key,
          s3_errc::no_such_upload,
          s3_errc::precondition_failed,
          s3_errc::invalid_part,
          s3_errc::invalid_range,
          s3_errc::wrong_region,
          s3_errc::not_implemented,
          s3_errc::other_client_error,
          s3_errc::unexpected_range,
          s3_errc::changed,
          s3_errc::tls_failed,
          s3_errc::unsafe_input,
          s3_errc::no_credentials}) {
        tries_of_a_call call;
        BOOST_TEST(!call.after(each).has_value(), make_error_code(each).message());
        BOOST_TEST(call.shared->left() == 500u);
    }
    BOOST_TEST(!tries_of_a_call().after(errc::cancelled).has_value());
    BOOST_TEST(!tries_of_a_call().after(errc::io_error).has_value());
}

BOOST_AUTO_TEST_CASE(an_unclear_outcome_is_given_back_where_the_caller_must_settle_it) {
    for (const s3_errc each :
         {s3_errc::internal_error,
          s3_errc::malformed_answer,
          s3_errc::truncated_body,
          s3_errc::connection_lost,
          s3_errc::timed_out,
          s3_errc::conditional_conflict}) {
        BOOST_TEST(is_unclear(failure_of(each)));
        BOOST_TEST(!tries_of_a_call(unclear_outcome::give_back).after(each).has_value());
        BOOST_TEST(tries_of_a_call().after(each).has_value());
    }
}

BOOST_AUTO_TEST_CASE(what_surely_did_not_happen_is_tried_again_all_the_same) {
    for (const s3_errc each :
         {s3_errc::slow_down,
          s3_errc::request_timeout,
          s3_errc::connect_failed,
          s3_errc::bad_digest}) {
        BOOST_TEST(!is_unclear(failure_of(each)));
        BOOST_TEST(tries_of_a_call(unclear_outcome::give_back).after(each).has_value());
    }
    BOOST_TEST(!is_unclear(failure_of(errc::io_error)));
}

BOOST_AUTO_TEST_CASE(a_retry_costs_tokens_and_its_success_brings_them_back) {
    tries_of_a_call call;
    call.after(s3_errc::internal_error);
    BOOST_TEST(call.shared->left() == 486u);
    call.after(s3_errc::slow_down);
    BOOST_TEST(call.shared->left() == 481u);
    call.tries.succeeded();
    BOOST_TEST(call.shared->left() == 486u);
}

BOOST_AUTO_TEST_CASE(a_success_at_once_earns_one_token) {
    tries_of_a_call call;
    call.shared->take(10);
    call.tries.succeeded();
    BOOST_TEST(call.shared->left() == 491u);
}

BOOST_AUTO_TEST_CASE(without_tokens_there_is_no_retry) {
    tries_of_a_call call;
    call.shared->take(490);
    BOOST_TEST(!call.after(s3_errc::internal_error).has_value());
    BOOST_TEST(call.shared->left() == 10u);
    BOOST_TEST(call.after(s3_errc::slow_down).has_value());
}

BOOST_AUTO_TEST_CASE(tokens_are_those_of_the_server_that_is_asked) {
    retry_budgets budgets;
    BOOST_TEST(budgets.of("a:1") == budgets.of("a:1"));
    BOOST_TEST(budgets.of("a:1") != budgets.of("a:2"));
    BOOST_TEST(budgets.of("a:1") != budgets.of("b:1"));
    const retry_rules rules;
    attempts tries(rules, budgets.of("a:1"), unclear_outcome::retry);
    BOOST_TEST(tries.after(failure_of(s3_errc::internal_error), 0.5, {}).has_value());
    tries.turn_to(budgets.of("b:1"));
    BOOST_TEST(tries.after(failure_of(s3_errc::slow_down), 0.5, {}).has_value());
    BOOST_TEST(budgets.of("a:1")->left() == 486u);
    BOOST_TEST(budgets.of("b:1")->left() == 495u);
    tries.succeeded(); // what the last try cost comes back to where it came from
    BOOST_TEST(budgets.of("a:1")->left() == 486u);
    BOOST_TEST(budgets.of("b:1")->left() == 500u);
}

BOOST_AUTO_TEST_CASE(each_repair_is_granted_once_and_costs_no_try) {
    tries_of_a_call call;
    BOOST_TEST(call.tries.repair_clock());
    BOOST_TEST(!call.tries.repair_clock());
    BOOST_TEST(call.tries.repair_region());
    BOOST_TEST(!call.tries.repair_region());
    BOOST_TEST(call.tries.ask_range_again());
    BOOST_TEST(!call.tries.ask_range_again());
    BOOST_TEST(!call.tries.was_repeated());
    BOOST_TEST(call.tries.repeat_on_fresh_connection());
    BOOST_TEST(call.tries.was_repeated());
    BOOST_TEST(!call.tries.repeat_on_fresh_connection());
    BOOST_TEST(call.tries.made() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
