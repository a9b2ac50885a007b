// An import by listing that follows: what must wait, and what is listed again.
#include "core/listing_follow.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// 2026-01-01T00:00:00Z
constexpr std::chrono::sys_seconds midnight{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

std::vector<foreign_object> modified_at(const std::vector<std::string>& times) {
    std::vector<foreign_object> made;
    for (const std::string& each : times)
        made.push_back(foreign_object{each, "\"e\"", each, 1});
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(listing_following)

BOOST_AUTO_TEST_CASE(a_second_is_settled_when_it_was_over_before_the_store_was_asked) {
    BOOST_TEST(settled_before(midnight, 0ms) == "2025-12-31T23:59:58");
    // The answer was told at its end at the earliest, and seen when the request was sent.
    BOOST_TEST(settled_before(midnight, 1ms) == "2025-12-31T23:59:57");
    BOOST_TEST(settled_before(midnight, 1000ms) == "2025-12-31T23:59:57");
    BOOST_TEST(settled_before(midnight, 1001ms) == "2025-12-31T23:59:56");
}

BOOST_AUTO_TEST_CASE(what_is_of_a_second_that_is_not_settled_waits_however_exact_the_times_are) {
    auto objects = modified_at(
        {"2026-01-01T00:00:06.999Z",
         "2026-01-01T00:00:06.000Z",
         "2026-01-01T00:00:07.000Z",
         "2026-01-01T00:00:07Z",
         "2026-01-01T00:00:07.123456Z",
         "2026-01-01T00:00:08.000Z"}
    );
    hold_back(objects, "2026-01-01T00:00:07");
    BOOST_TEST_REQUIRE(objects.size() == 2u);
    BOOST_TEST(objects[0].key == "2026-01-01T00:00:06.999Z");
    BOOST_TEST(objects[1].key == "2026-01-01T00:00:06.000Z");
}

BOOST_AUTO_TEST_CASE(looking_at_everything_costs_no_more_than_looking_at_what_is_new) {
    listing_turns turns;
    BOOST_TEST(turns.next_is_whole());
    turns.whole(1);
    BOOST_TEST(turns.next_is_whole());
    turns.whole(3);
    BOOST_TEST(!turns.next_is_whole());
    turns.part();
    BOOST_TEST(!turns.next_is_whole());
    turns.part();
    BOOST_TEST(turns.next_is_whole());
    turns.whole(3);
    BOOST_TEST(!turns.next_is_whole());
}

BOOST_AUTO_TEST_SUITE_END()
