// Tests of s3client/src/core/credential_refresh.cpp: when credentials are renewed, by a clock that
// stands still until it is moved.
#include "core/credential_refresh.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(credential_renewal)

using need = credential_refresh::need;
using time = credential_refresh::time;

const time start{std::chrono::seconds(1'800'000'000)};

credentials living(std::optional<time> until, const std::string& key = "k") {
    credentials who;
    who.access_key = key;
    who.secret_key = "s";
    who.expires = until;
    return who;
}

BOOST_AUTO_TEST_CASE(at_first_there_is_nothing_to_use) {
    credential_refresh machine;
    BOOST_TEST((machine.next(start) == need::before));
    BOOST_TEST(machine.number() == 0);
    machine.failed(start);
    BOOST_TEST((machine.next(start) == need::before));
}

BOOST_AUTO_TEST_CASE(what_has_no_end_is_good_for_ever) {
    credential_refresh machine;
    machine.fetched(living(std::nullopt), start);
    BOOST_TEST(machine.number() == 1);
    BOOST_TEST((machine.next(start + 24h * 3650) == need::none));
    BOOST_TEST(!machine.left(start).has_value());
}

BOOST_AUTO_TEST_CASE(an_hour_is_renewed_five_minutes_before_its_end) {
    credential_refresh machine;
    machine.fetched(living(start + 1h), start);
    BOOST_TEST((machine.next(start) == need::none));
    BOOST_TEST((machine.next(start + 55min - 1s) == need::none));
    BOOST_TEST((machine.next(start + 55min) == need::early));
    BOOST_TEST((machine.next(start + 59min - 1s) == need::early));
    BOOST_TEST((machine.next(start + 59min) == need::now));
    BOOST_TEST((machine.next(start + 1h - 1s) == need::now));
    BOOST_TEST((machine.next(start + 1h) == need::before));
    BOOST_TEST((machine.next(start + 72h) == need::before), "after a pause of days");
    BOOST_TEST(machine.left(start + 59min)->count() == 60);
}

BOOST_AUTO_TEST_CASE(short_lives_have_short_windows) {
    credential_refresh machine;
    machine.fetched(living(start + 3s), start);
    BOOST_TEST((machine.next(start + 1999ms) == need::none));
    BOOST_TEST((machine.next(start + 2s) == need::early));
    BOOST_TEST((machine.next(start + 2500ms) == need::now));
    BOOST_TEST((machine.next(start + 3s) == need::before));
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_old_ones_are_used_for_a_while) {
    credential_refresh machine;
    machine.fetched(living(start + 1h), start);
    machine.failed(start + 56min);
    BOOST_TEST((machine.next(start + 56min) == need::none));
    BOOST_TEST((machine.next(start + 56min + 4s) == need::none));
    BOOST_TEST((machine.next(start + 56min + 5s) == need::early));
    machine.failed(start + 1h - 2s);
    BOOST_TEST((machine.next(start + 1h - 1s) == need::none));
    BOOST_TEST((machine.next(start + 1h) == need::before), "but never beyond their end");
}

BOOST_AUTO_TEST_CASE(the_same_ones_again_are_asked_for_less_and_less) {
    credential_refresh machine;
    machine.fetched(living(start + 1h), start);
    machine.fetched(living(start + 1h), start + 55min);
    BOOST_TEST(machine.number() == 1);
    BOOST_TEST((machine.next(start + 55min) == need::none));
    BOOST_TEST((machine.next(start + 58min) == need::none));
    BOOST_TEST((machine.next(start + 58min + 20s) == need::early), "two thirds of what was left");
    machine.fetched(living(start + 1h), start + 1h - 3s);
    BOOST_TEST((machine.next(start + 1h - 1s) == need::none), "not asked at every request");
    BOOST_TEST((machine.next(start + 1h) == need::before));
}

BOOST_AUTO_TEST_CASE(newer_ones_are_counted) {
    credential_refresh machine;
    machine.fetched(living(start + 1h), start);
    machine.fetched(living(start + 2h, "other"), start + 55min);
    BOOST_TEST(machine.number() == 2);
    BOOST_TEST(machine.who().access_key == "other");
    BOOST_TEST((machine.next(start + 1h) == need::none));
}

BOOST_AUTO_TEST_CASE(what_the_store_refuses_is_renewed_at_once) {
    credential_refresh machine;
    machine.fetched(living(std::nullopt), start);
    machine.rejected(7);
    BOOST_TEST((machine.next(start) == need::none), "news of others");
    machine.rejected(1);
    BOOST_TEST((machine.next(start) == need::before));
    machine.failed(start);
    BOOST_TEST((machine.next(start) == need::before));
    machine.fetched(living(std::nullopt, "other"), start);
    BOOST_TEST((machine.next(start) == need::none));
    machine.rejected(1);
    BOOST_TEST((machine.next(start) == need::none), "the ones of before");
}

BOOST_AUTO_TEST_CASE(what_seems_to_have_ended_already_is_tried) {
    credential_refresh machine;
    machine.fetched(living(start - 2h), start);
    BOOST_TEST((machine.next(start) == need::none));
    BOOST_TEST((machine.next(start + 4s) == need::none));
    BOOST_TEST((machine.next(start + 5s) == need::before));
}

BOOST_AUTO_TEST_SUITE_END()
