// What no commit names: when it may go, and when it may not.
#include "core/stray_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace {

using namespace sluice;

object_name of_epoch(std::uint64_t epoch) {
    object_name name;
    name.epoch = epoch;
    return name;
}

tail claimed(std::uint64_t number, bool released) {
    tail at;
    at.claim.emplace();
    at.claim->number = at.claim->epoch = number;
    at.next_number = number + 1;
    at.released = released;
    return at;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stray_rules)

BOOST_AUTO_TEST_CASE(what_an_ended_epoch_left_may_go) {
    BOOST_TEST((fate_of(of_epoch(0), claimed(7, false)) == stray_fate::remove));
    BOOST_TEST((fate_of(of_epoch(6), claimed(7, false)) == stray_fate::remove));
    BOOST_TEST((fate_of(of_epoch(7), claimed(7, true)) == stray_fate::remove));
}

BOOST_AUTO_TEST_CASE(what_the_epoch_in_force_left_is_its_holders) {
    BOOST_TEST((fate_of(of_epoch(7), claimed(7, false)) == stray_fate::claim_first));
}

BOOST_AUTO_TEST_CASE(what_no_known_claim_made_is_left_alone) {
    BOOST_TEST((fate_of(of_epoch(8), claimed(7, false)) == stray_fate::leave));
    BOOST_TEST((fate_of(of_epoch(8), claimed(7, true)) == stray_fate::leave));
    BOOST_TEST((fate_of(of_epoch(0), tail()) == stray_fate::leave));
}

BOOST_AUTO_TEST_CASE(who_removes_a_stray_is_told_as_it_is) {
    const auto told = [](std::uint64_t epoch, const tail& at, const char* part) {
        const std::string said = removal_of(of_epoch(epoch), at);
        BOOST_TEST(said.find(part) != std::string::npos, said);
    };
    told(7, claimed(7, true), "the next export removes it");
    told(6, claimed(7, true), "the next export removes it");
    told(6, claimed(7, false), "`sluice cleanup` removes it");
    told(7, claimed(7, false), "`sluice cleanup --take-over` removes it");
    told(8, claimed(7, true), "no command removes it");
    const std::string foreign = removal_of(std::nullopt, claimed(7, true));
    BOOST_TEST(foreign.find("no command removes it") != std::string::npos, foreign);
}

BOOST_AUTO_TEST_CASE(what_ended_epochs_left_is_left_over_and_of_ones_own_what_is_a_day_old) {
    constexpr std::int64_t day = 86'400'000'000, now = 1000 * day;
    BOOST_TEST(is_left_over(of_epoch(6), 7, false, now, now));
    BOOST_TEST(is_left_over(of_epoch(6), 7, true, std::nullopt, now));
    BOOST_TEST(!is_left_over(of_epoch(8), 7, false, now - 2 * day, now));
    BOOST_TEST(is_left_over(of_epoch(7), 7, false, now - day, now));
    BOOST_TEST(!is_left_over(of_epoch(7), 7, false, now - day + 1, now));
    BOOST_TEST(!is_left_over(of_epoch(7), 7, true, now - 2 * day, now));
    BOOST_TEST(!is_left_over(of_epoch(7), 7, false, std::nullopt, now));
}

BOOST_AUTO_TEST_SUITE_END()
