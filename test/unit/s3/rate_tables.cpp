// test: rates that change in the course of a day or a week.
#include <sluice/s3/rate_table.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <vector>

using namespace sluice::s3;

namespace {

constexpr unsigned day = rate_change::minutes_of_day;

rate_change change(unsigned minute, std::optional<double> rate) {
    rate_change one;
    one.minute = minute;
    one.rate = rate;
    return one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_tables)

BOOST_AUTO_TEST_CASE(an_empty_one_limits_nothing) {
    BOOST_TEST(rate_table().empty());
    BOOST_TEST(!rate_table().at(0).has_value());
}

BOOST_AUTO_TEST_CASE(a_rate_holds_from_its_minute_to_the_next_and_over_the_end_of_the_week) {
    const rate_table table({change(5 * day, std::nullopt), change(8 * 60, 100), change(9 * 60, 50)}
    );
    BOOST_TEST(!table.at(0).has_value());
    BOOST_TEST(!table.at(8 * 60 - 1).has_value());
    BOOST_TEST(table.at(8 * 60).value() == 100);
    BOOST_TEST(table.at(9 * 60 - 1).value() == 100);
    BOOST_TEST(table.at(9 * 60).value() == 50);
    BOOST_TEST(table.at(5 * day - 1).value() == 50);
    BOOST_TEST(!table.at(5 * day).has_value());
    BOOST_TEST(!table.at(7 * day - 1).has_value());
}

BOOST_AUTO_TEST_CASE(the_last_rate_of_a_week_holds_until_the_first_of_the_next) {
    const rate_table table({change(day, 100), change(5 * day, 50)});
    BOOST_TEST(table.at(0).value() == 50);
    BOOST_TEST(table.at(day).value() == 100);
}

BOOST_AUTO_TEST_CASE(of_two_for_one_minute_the_later_counts) {
    const rate_table table({change(60, 1), change(60, 2)});
    BOOST_TEST(table.at(60).value() == 2);
}

BOOST_AUTO_TEST_CASE(a_part_of_it_is_that_part_of_every_rate) {
    const rate_table half = rate_table({change(0, 10), change(day, std::nullopt)}).times(0.5);
    BOOST_TEST(half.at(0).value() == 5);
    BOOST_TEST(!half.at(day).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
