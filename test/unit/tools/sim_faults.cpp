// test: fault rules, read and matched.
#include "core/fault_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

namespace sim_faults_test {

route request(operation what, std::string key = "k", std::string bucket = "b") {
    return {what, std::move(bucket), std::move(key)};
}

fault_rules rules(const std::string& json) {
    auto read = parse_fault_rules(json);
    BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().where));
    fault_rules out(1);
    out.add(std::move(*read));
    return out;
}

/// Which of `count` equal requests are hit: "..x.".
std::string
hits(const std::string& json, int count, const route& one = request(operation::upload_part)) {
    auto under_test = rules(json);
    std::string out;
    for (int i = 0; i < count; ++i)
        out += under_test.plan(one).end ? 'x' : '.';
    return out;
}

std::string reason(const std::string& json) {
    const auto read = parse_fault_rules(json);
    return read ? "accepted" : read.error().where;
}

} // namespace sim_faults_test

using namespace sim_faults_test;

BOOST_AUTO_TEST_SUITE(sim_faults)

BOOST_AUTO_TEST_CASE(the_nth_match_is_hit_and_as_many_as_asked) {
    BOOST_TEST(hits(R"([{"kind":"status"}])", 4) == "x...");
    BOOST_TEST(hits(R"([{"kind":"status","nth":3}])", 5) == "..x..");
    BOOST_TEST(hits(R"([{"kind":"status","nth":2,"count":2}])", 5) == ".xx..");
    BOOST_TEST(hits(R"([{"kind":"status","nth":2,"count":0}])", 5) == ".xxxx");
    BOOST_TEST(hits(R"([{"kind":"status"},{"kind":"stall","nth":3}])", 4) == "x.x.");
}

BOOST_AUTO_TEST_CASE(only_matching_requests_are_counted) {
    auto under_test = rules(
        R"([{"operation":"PutObject","bucket":"b","key":"p=[01]/","kind":"reset-after","nth":2}])"
    );
    const auto hit = [&under_test](const route& one) {
        return under_test.plan(one).ends(fault_kind::reset_after);
    };
    BOOST_TEST(!hit(request(operation::put_object, "x/p=1/a")));
    BOOST_TEST(!hit(request(operation::get_object, "x/p=1/a")));
    BOOST_TEST(!hit(request(operation::put_object, "x/p=2/a")));
    BOOST_TEST(!hit(request(operation::put_object, "x/p=1/a", "other")));
    BOOST_TEST(hit(request(operation::put_object, "p=0/a")));
    BOOST_TEST(under_test.rules()[0].seen == 2u);
    BOOST_TEST(under_test.rules()[0].fired == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_is_a_substring_as_well_as_an_expression) {
    const auto odd = request(operation::put_object, "a+b(c)/d");
    const std::string substring = R"json([{"key":"a+b(c)","kind":"status"}])json";
    BOOST_TEST(hits(substring, 1, odd) == "x");
    BOOST_TEST(hits(R"([{"key":"^a.*d$","kind":"status"}])", 1, odd) == "x");
    BOOST_TEST(hits(R"([{"key":"^b","kind":"status"}])", 1, odd) == ".");
}

BOOST_AUTO_TEST_CASE(faults_that_do_not_end_a_request_add_up) {
    auto under_test = rules(
        R"([{"kind":"delay","milliseconds":5},{"kind":"ignore-condition"},{"kind":"flip-bit","bytes":9},
            {"kind":"lost-answer"},{"kind":"status","status":500}])"
    );
    const auto plan = under_test.plan(request(operation::put_object));
    BOOST_TEST(plan.delays.size() == 1u);
    BOOST_TEST(plan.ignore_conditions);
    BOOST_TEST(plan.flip->bytes == 9u);
    BOOST_TEST(plan.ends_at(fault_kind::lost_answer, fault_phase::effect));
}

BOOST_AUTO_TEST_CASE(
    what_was_held_is_of_an_older_edition_when_the_rules_are_cleared_not_when_one_is_added
) {
    auto under_test = rules(R"([{"kind":"hold"}])");
    const auto plan = under_test.plan(request(operation::put_object));
    BOOST_TEST(plan.delays.size() == 1u);
    under_test.add({});
    BOOST_TEST(plan.edition == under_test.edition());
    under_test.clear();
    BOOST_TEST(plan.edition != under_test.edition());
}

BOOST_AUTO_TEST_CASE(probability_is_drawn_from_the_seed) {
    const auto first = hits(R"([{"kind":"status","count":0,"probability":0.5}])", 200);
    BOOST_TEST(first == hits(R"([{"kind":"status","count":0,"probability":0.5}])", 200));
    BOOST_TEST(first.find('x') != first.npos);
    BOOST_TEST(first.find('.') != first.npos);
    BOOST_TEST(
        hits(R"([{"kind":"status","count":0,"probability":0}])", 50) == std::string(50, '.')
    );
}

BOOST_AUTO_TEST_CASE(each_kind_has_its_phase_unless_the_rule_says_otherwise) {
    const auto phase_of = [](const std::string& fields) {
        const auto read = parse_fault_rules("[{" + fields + "}]");
        BOOST_REQUIRE(read);
        return read->front().phase;
    };
    BOOST_TEST((phase_of(R"("kind":"status")") == fault_phase::head));
    BOOST_TEST((phase_of(R"("kind":"delay")") == fault_phase::body));
    BOOST_TEST((phase_of(R"("kind":"reset-after")") == fault_phase::effect));
    BOOST_TEST((phase_of(R"("phase":"effect","kind":"status")") == fault_phase::effect));
}

BOOST_AUTO_TEST_CASE(what_changes_an_answer_adds_to_what_ends_it) {
    auto under_test = rules(
        R"([{"kind":"set-header","headers":{"ETag":"1"}},{"kind":"drop-header","headers":{"Date":""}},
            {"kind":"spaces","milliseconds":5},{"kind":"slow","bytes":7},{"kind":"ignore-range"},
            {"kind":"no-continue"},{"kind":"cut-answer","bytes":3}])"
    );
    const auto plan = under_test.plan(request(operation::get_object));
    BOOST_TEST(plan.headers.size() == 2u);
    BOOST_TEST(plan.spaces.has_value());
    BOOST_TEST(plan.slow->bytes == 7u);
    BOOST_TEST(plan.ignore_range);
    BOOST_TEST(plan.no_continue);
    BOOST_TEST(plan.cuts_answer());
    BOOST_TEST(!plan.empty());
    BOOST_TEST(under_test.plan(request(operation::get_object)).empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_a_rules_own_is_read) {
    auto read = parse_fault_rules(
        R"([{"kind":"answer","status":200,"headers":{"A":"b"},"body":"text"},
            {"kind":"late-effect","milliseconds":60000},{"kind":"late-effect","status":500}])"
    );
    BOOST_REQUIRE(read);
    BOOST_TEST((*read)[0].body == "text");
    BOOST_TEST((*read)[0].headers.at(0).second == "b");
    BOOST_TEST(!(*read)[1].status_given);
    BOOST_TEST((*read)[2].status_given);
    BOOST_TEST(((*read)[1].phase == fault_phase::body));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
    BOOST_TEST(reason("[") != "accepted");
    BOOST_TEST(reason("{}") == "the rules must be a JSON array of objects");
    BOOST_TEST(reason("[{}]") == "rule 1.kind is missing");
    BOOST_TEST(reason("[1]") == "rule 1 is not an object");
    BOOST_TEST(
        reason(R"([{"kind":"status"},{"kind":"explode"}])").starts_with("rule 2.kind is none of")
    );
    BOOST_TEST(reason(R"([{"kind":"status","nht":1}])") == "rule 1.nht is unknown");
    BOOST_TEST(
        reason(R"([{"kind":"status","nth":0}])").starts_with("rule 1.nth must be a whole number")
    );
    BOOST_TEST(reason(R"([{"kind":"status","key":"("}])")
                   .starts_with("rule 1.key is no regular expression"));
    BOOST_TEST(reason(R"([{"kind":"status","operation":"Put"}])")
                   .starts_with("rule 1.operation names no operation"));
    BOOST_TEST(reason(R"([{"kind":"status","status":99}])").starts_with("rule 1.status must be"));
    BOOST_TEST(reason(R"([{"kind":"status","phase":"end"}])").starts_with("rule 1.phase is none of")
    );
    BOOST_TEST(reason(R"([{"kind":"status","probability":2}])").starts_with("rule 1.probability"));
    BOOST_TEST(reason(R"([{"kind":"set-header"}])") == "rule 1.headers is missing");
    BOOST_TEST(reason(R"([{"kind":"raw-answer"}])") == "rule 1.body is missing");
    BOOST_TEST(reason(R"([{"kind":"slow"}])").starts_with("rule 1.bytes must be at least 1"));
    BOOST_TEST(
        reason(R"([{"kind":"answer","headers":["a"]}])") ==
        "rule 1.headers must be an object of strings"
    );
    BOOST_TEST(reason("[]") == "accepted");
}

BOOST_AUTO_TEST_SUITE_END()
