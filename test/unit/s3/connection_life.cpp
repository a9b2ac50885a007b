// Tests of s3client/src/core/connection_life.cpp: kept, reused, repeated.
#include "core/connection_life.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(connection_life)

constexpr exchange_end whole{true, true, true, false, 0};

BOOST_AUTO_TEST_CASE(a_whole_exchange_that_the_server_keeps_is_kept) {
    BOOST_TEST(may_keep(whole));
}

BOOST_AUTO_TEST_CASE(anything_missing_or_left_over_costs_the_connection) {
    auto end = whole;
    end.request_sent = false;
    BOOST_TEST(!may_keep(end));
    end = whole;
    end.answer_whole = false;
    BOOST_TEST(!may_keep(end));
    end = whole;
    end.keep_alive = false;
    BOOST_TEST(!may_keep(end));
    end = whole;
    end.early_answer = true;
    BOOST_TEST(!may_keep(end));
    end = whole;
    end.bytes_beyond = 1;
    BOOST_TEST(!may_keep(end));
    BOOST_TEST(!may_keep(exchange_end()));
}

BOOST_AUTO_TEST_CASE(only_young_and_silent_connections_are_reused) {
    BOOST_TEST(may_reuse(0s, false, 5s));
    BOOST_TEST(may_reuse(5s, false, 5s));
    BOOST_TEST(!may_reuse(5001ms, false, 5s));
    BOOST_TEST(!may_reuse(0s, true, 5s));
}

BOOST_AUTO_TEST_CASE(only_a_reused_silent_safe_request_is_repeated_and_once) {
    for (int bits = 0; bits < 16; ++bits) {
        const bool reused = bits & 1, begun = bits & 2, before = bits & 4, safe = bits & 8;
        const bool allowed = reused && !begun && !before && safe;
        BOOST_TEST(may_repeat_at_once(reused, begun, before, safe) == allowed, bits);
    }
}

BOOST_AUTO_TEST_SUITE_END()
