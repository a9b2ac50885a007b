// Rates and timetables as people write them.
#include <sluice/engine/rates.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;

namespace {

constexpr unsigned hour = 60, day = 24 * hour;
constexpr double mebi = 1 << 20;

} // namespace

BOOST_AUTO_TEST_SUITE(rate_plans)

BOOST_AUTO_TEST_CASE(one_rate_holds_always) {
    const rate_plan plan = parse_byte_plan("5MiB/s").value();
    BOOST_TEST(plan.always.value() == 5 * mebi);
    BOOST_TEST(plan.by_time.empty());
    BOOST_TEST(parse_request_plan("3500/s")->always.value() == 3500);
}

BOOST_AUTO_TEST_CASE(a_timetable_holds_on_every_day_and_a_day_of_its_own_where_it_says_so) {
    const rate_plan plan =
        parse_byte_plan("08:00,5MiB/s  19:00,off Sat-00:00,off Sat-08:00,1MiB/s").value();
    BOOST_TEST(!plan.always.has_value());
    for (unsigned n = 0; n < 7; ++n) {
        const bool saturday = n == 5;
        BOOST_TEST(!plan.by_time.at(n * day).has_value());
        BOOST_TEST(plan.by_time.at(n * day + 8 * hour).value() == (saturday ? 1 : 5) * mebi);
        BOOST_TEST(!plan.by_time.at(n * day + 19 * hour).has_value());
    }
    BOOST_TEST(parse_request_plan("00:00,10/s 12:30,100/s")->by_time.at(750).value() == 100);
}

BOOST_AUTO_TEST_CASE(what_is_no_timetable_is_refused_by_its_entry) {
    for (const std::string bad :
         {"8:00,5MiB",
          "24:00,off",
          "08:60,off",
          "Fre-08:00,off",
          "08:00,",
          "08:00,fast",
          "08:00,1",
          "08:00",
          ",off",
          "-08:00,off",
          "08:00,off x"}) {
        const auto plan = parse_byte_plan(bad);
        BOOST_TEST_REQUIRE(!plan.has_value(), bad);
        BOOST_TEST(plan.error().where.starts_with("\""), plan.error().where);
    }
    BOOST_TEST(parse_byte_plan("08:00,5MiB/s 9:00,off").error().where.starts_with("\"9:00,off\""));
}

BOOST_AUTO_TEST_SUITE_END()
