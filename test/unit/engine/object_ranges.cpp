// Which ranges of which objects are fetched next.
#include "core/object_ranges.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace sluice;

namespace {

std::vector<foreign_object> of_sizes(const std::vector<std::uint64_t>& sizes) {
    std::vector<foreign_object> made;
    for (const std::uint64_t size : sizes)
        made.push_back(foreign_object{"k", "\"e\"", "t", size});
    return made;
}

/// "object:first+size" of all that come, separated by blanks.
std::string all_of(object_ranges& ranges) {
    std::string text;
    while (const auto each = ranges.next())
        text += (text.empty() ? "" : " ") + std::to_string(each->object) + ":" +
                std::to_string(each->first) + "+" + std::to_string(each->size);
    return text;
}

transfer_rules rules_of(std::uint64_t memory, unsigned concurrency) {
    transfer_rules rules;
    rules.memory = memory;
    rules.concurrency = concurrency;
    return rules;
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_ranges)

BOOST_AUTO_TEST_CASE(objects_are_divided_one_behind_the_other) {
    const auto objects = of_sizes({25, 0, 10, 3, 0});
    sluice::object_ranges ranges(objects, 10);
    BOOST_TEST(all_of(ranges) == "0:0+10 0:10+10 0:20+5 2:0+10 3:0+3");
    BOOST_TEST(!ranges.next().has_value());
    const std::vector<foreign_object> none;
    sluice::object_ranges nothing(none, 10);
    BOOST_TEST(!nothing.next().has_value());
}

BOOST_AUTO_TEST_CASE(under_a_limit_no_more_is_fetched_ahead_than_comes_soon) {
    transfer_rules rules = rules_of(256 << 20, 0);
    for (const double rate : {64e3, 1e6, 4e6, 50e6, 1e9}) {
        rules.bytes_per_second = rate;
        const double ahead = static_cast<double>(concurrent_ranges(rules) * range_bytes_of(rules));
        BOOST_TEST(ahead <= std::max(4 * rate, 512. * 1024));
        BOOST_TEST(concurrent_ranges(rules) >= 2u);
    }
    BOOST_TEST(concurrent_ranges(rules) == 16u);
    BOOST_TEST(range_bytes_of(rules) == 8u << 20);
    rules.bytes_per_second = 64e3;
    rules.concurrency = 5;
    BOOST_TEST(concurrent_ranges(rules) == 5u);
    rules.bytes_by_time = s3::rate_table({s3::rate_change{0, 1e3}});
    rules.concurrency = 0;
    BOOST_TEST(concurrent_ranges(rules) == 16u);
}

BOOST_AUTO_TEST_CASE(what_is_not_wanted_any_more_is_not_fetched) {
    const auto objects = of_sizes({30, 30, 30});
    sluice::object_ranges ranges(objects, 10);
    BOOST_TEST(ranges.next()->first == 0u);
    ranges.pass_over(0);
    BOOST_TEST(ranges.next()->object == 1u);
    ranges.pass_over(0); // fetching is ahead of it
    BOOST_TEST(all_of(ranges) == "1:10+10 1:20+10 2:0+10 2:10+10 2:20+10");
}

BOOST_AUTO_TEST_CASE(as_many_ranges_as_may_run_fit_the_memory) {
    constexpr std::uint64_t mib = 1 << 20;
    BOOST_TEST(range_bytes_of(rules_of(256 * mib, 0)) == 8 * mib);
    BOOST_TEST(range_bytes_of(rules_of(32 * mib, 0)) == 2 * mib);
    BOOST_TEST(range_bytes_of(rules_of(32 * mib, 8)) == 4 * mib);
    BOOST_TEST(range_bytes_of(rules_of(1 * mib, 64)) == 1 * mib);
    BOOST_TEST(concurrent_ranges(rules_of(1, 0)) == 16u);
    BOOST_TEST(concurrent_ranges(rules_of(1, 3)) == 3u);
}

BOOST_AUTO_TEST_CASE(requests_are_counted_as_they_are_made) {
    BOOST_TEST(ranges_of(0, 10) == 0u);
    BOOST_TEST(ranges_of(1, 10) == 1u);
    BOOST_TEST(ranges_of(10, 10) == 1u);
    BOOST_TEST(ranges_of(11, 10) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
