// What executors that divide a transfer between them may use.
#include "../src/core/share_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>

using namespace sluice;

namespace {

transfer_rules rules(std::uint64_t mebibytes) {
    transfer_rules whole;
    whole.memory = mebibytes << 20;
    return whole;
}

} // namespace

BOOST_AUTO_TEST_SUITE(share_rules)

BOOST_AUTO_TEST_CASE(there_are_no_more_shares_than_partitions_executors_and_memory_for_each) {
    BOOST_TEST(shares_of(rules(256), 5, 3) == 3U);
    BOOST_TEST(shares_of(rules(256), 2, 8) == 2U);
    BOOST_TEST(shares_of(rules(100), 16, 16) == 3U);
    BOOST_TEST(shares_of(rules(1), 16, 16) == 1U);
    BOOST_TEST(shares_of(rules(256), 0, 4) == 1U);
}

BOOST_AUTO_TEST_CASE(together_they_may_what_the_whole_may) {
    transfer_rules whole = rules(256);
    whole.bytes_per_second = 9e6;
    const transfer_rules share = rules_of_share(whole, 3);
    BOOST_TEST(share.memory == whole.memory / 3);
    BOOST_TEST(share.bytes_per_second.value() == 3e6);
    BOOST_TEST(rules_of_share(rules(256), 3).bytes_per_second.has_value() == false);
}

BOOST_AUTO_TEST_CASE(steps_at_once_are_rounded_up_and_none_stays_automatic) {
    transfer_rules whole = rules(256);
    BOOST_TEST(rules_of_share(whole, 2).concurrency == 0U);
    whole.concurrency = 5;
    BOOST_TEST(rules_of_share(whole, 2).concurrency == 3U);
    whole.concurrency = 1;
    BOOST_TEST(rules_of_share(whole, 2).concurrency == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
