// test: scenarios, and how many requests are served a second.
#include "core/request_limit.hpp"
#include "core/scenario.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::sim;
using namespace std::chrono_literals;

namespace sim_scenario_test {

std::string reason(const std::string& json) {
    scenario to;
    const auto read = add_scenario(to, json);
    return read ? "accepted" : read.error().where;
}

} // namespace sim_scenario_test

using namespace sim_scenario_test;

BOOST_AUTO_TEST_SUITE(sim_scenario)

BOOST_AUTO_TEST_CASE(a_scenario_adds_to_what_is_there) {
    scenario to;
    BOOST_TEST(add_scenario(to, R"({"about":"slow","profile":"b2","latency":"20ms"})").has_value());
    BOOST_TEST(
        add_scenario(
            to,
            R"({"about":"and odd","quirks":["max-keys=5"],"bandwidth":"1MiB/s","max-requests":"10/s",
                "seed":7,"faults":[{"kind":"stall"},{"kind":"status","status":500}]})"
        )
            .has_value()
    );
    BOOST_TEST(to.about == "slow; and odd");
    BOOST_TEST(to.odd.refuse_checksums == 400u);
    BOOST_TEST(to.odd.max_keys == 5u);
    BOOST_TEST((to.speed.latency == 20ms));
    BOOST_TEST(to.speed.bytes_per_second == 1048576u);
    BOOST_TEST(to.speed.requests_per_second == 10);
    BOOST_TEST(*to.seed == 7u);
    BOOST_TEST(to.faults.size() == 2u);
    BOOST_TEST(to.faults[1].status_given);
    const auto told = scenario_document(to);
    scenario again;
    BOOST_REQUIRE(add_scenario(again, told));
    BOOST_TEST(scenario_document(again) == told);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_scenario_is_named) {
    BOOST_TEST(reason("[]") == "the scenario is no JSON object");
    BOOST_TEST(reason(R"({"fault":[]})").starts_with("the scenario's fault is unknown"));
    BOOST_TEST(reason(R"({"quirks":"a"})") == "the scenario's quirks must be an array of strings");
    BOOST_TEST(reason(R"({"quirks":["odd"]})").starts_with("the scenario's quirks: \"odd\" is no"));
    BOOST_TEST(reason(R"({"profile":"s4"})").starts_with("the scenario's profile: \"s4\" is none"));
    BOOST_TEST(reason(R"({"faults":[{}]})") == "the scenario's faults: rule 1.kind is missing");
    BOOST_TEST(reason(R"({"latency":"soon"})").starts_with("the scenario's latency:"));
    BOOST_TEST(reason(R"({"max-requests":"many"})").starts_with("the scenario's max-requests: many")
    );
    BOOST_TEST(reason(R"({"seed":-1})") == "the scenario's seed must be a whole number");
}

BOOST_AUTO_TEST_CASE(no_more_requests_than_allowed_are_served_in_any_second) {
    request_limit limit;
    const request_limit::clock::time_point start{1h};
    BOOST_TEST(limit.take(start)); // none is set
    limit.set(100, start);
    int served = 0;
    for (int ms = 0; ms < 3000; ++ms)
        served += limit.take(start + std::chrono::milliseconds(ms));
    BOOST_TEST(served >= 398); // one second's worth is there at the start
    BOOST_TEST(served <= 400);
    BOOST_TEST(!limit.take(start + 3000ms) | !limit.take(start + 3000ms));
    served = 0;
    for (int i = 0; i < 1000; ++i)
        served += limit.take(start + 1h);
    BOOST_TEST(served == 100); // a pause saves up one second, not an hour
}

BOOST_AUTO_TEST_SUITE_END()
