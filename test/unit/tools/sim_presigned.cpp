// test: the simulator's check of presigned requests.
#include "core/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

namespace sim_presigned_test {

// The example of AWS's page "Authenticating Requests: Using Query Parameters".
const signature_rules example{
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", "us-east-1"};
const auto example_time = *parse_basic_date("20130524T000000Z");
const std::string example_target =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

std::string verdict(
    const std::string& target,
    sys_seconds now = example_time,
    const std::string& more = "",
    const signature_rules& rules = example
) {
    const auto head = parse_head(
        "GET " + target + " HTTP/1.1\r\nHost: examplebucket.s3.amazonaws.com\r\n" + more + "\r\n"
    );
    BOOST_REQUIRE(head);
    const auto where = parse_target(head->target);
    BOOST_REQUIRE(where);
    const auto claim = check_signature(*head, *where, rules, now);
    return claim ? "" : claim.error().code;
}

std::string with(const std::string& from, const std::string& to) {
    std::string target = example_target;
    const auto at = target.find(from);
    BOOST_REQUIRE_MESSAGE(at != target.npos, from);
    return target.replace(at, from.size(), to);
}

} // namespace sim_presigned_test

using namespace sim_presigned_test;

BOOST_AUTO_TEST_SUITE(sim_presigned)

BOOST_AUTO_TEST_CASE(the_documents_request_is_accepted_while_it_is_valid) {
    BOOST_TEST(verdict(example_target) == "");
    BOOST_TEST(verdict(example_target, example_time + std::chrono::seconds(86'400)) == "");
    BOOST_TEST(
        verdict(example_target, example_time + std::chrono::seconds(86'401)) == "AccessDenied"
    );
    BOOST_TEST(verdict(example_target, example_time - std::chrono::seconds(900)) == "");
    BOOST_TEST(verdict(example_target, example_time - std::chrono::seconds(901)) == "AccessDenied");
}

BOOST_AUTO_TEST_CASE(a_change_anywhere_is_refused) {
    BOOST_TEST(verdict(with("/test.txt", "/test.txu")) == "SignatureDoesNotMatch");
    BOOST_TEST(
        verdict(with("X-Amz-Expires=86400", "X-Amz-Expires=86401")) == "SignatureDoesNotMatch"
    );
    BOOST_TEST(verdict(example_target + "&x=1") == "SignatureDoesNotMatch");
    BOOST_TEST(verdict(with("d404", "d405")) == "SignatureDoesNotMatch");
    BOOST_TEST(
        verdict(with("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF")) == "InvalidAccessKeyId"
    );
}

BOOST_AUTO_TEST_CASE(each_parameter_must_be_there_and_right) {
    const std::string wrong = "AuthorizationQueryParametersError";
    BOOST_TEST(verdict(with("&X-Amz-Expires=86400", "")) == wrong);
    BOOST_TEST(verdict(with("&X-Amz-SignedHeaders=host", "")) == wrong);
    BOOST_TEST(verdict(with("&X-Amz-Date=20130524T000000Z", "")) == wrong);
    BOOST_TEST(verdict(with("HMAC-SHA256", "HMAC-SHA1")) == wrong);
    BOOST_TEST(verdict(with("86400", "604801")) == wrong);
    BOOST_TEST(verdict(with("86400", "0")) == wrong);
    BOOST_TEST(verdict(with("86400", "-1")) == wrong);
    BOOST_TEST(verdict(with("SignedHeaders=host", "SignedHeaders=range")) == wrong);
    BOOST_TEST(verdict(with("SignedHeaders=host", "SignedHeaders=host%3Bhost")) == wrong);
    BOOST_TEST(verdict(with("20130524%2F", "20130525%2F")) == wrong);
    BOOST_TEST(verdict(with("us-east-1", "eu-west-1")) == wrong);
    BOOST_TEST(verdict(with("%2Fs3%2F", "%2Fsts%2F")) == wrong);
}

BOOST_AUTO_TEST_CASE(a_header_that_decides_must_be_signed) {
    BOOST_TEST(verdict(example_target, example_time, "x-amz-acl: private\r\n") == "AccessDenied");
    BOOST_TEST(verdict(example_target, example_time, "range: bytes=0-1\r\n") == "");
}

BOOST_AUTO_TEST_CASE(there_is_one_way_at_a_time_and_the_token_belongs_to_the_query) {
    BOOST_TEST(
        verdict(example_target, example_time, "Authorization: AWS4-HMAC-SHA256 x\r\n") ==
        "InvalidArgument"
    );
    auto rules = example;
    rules.session_token = "tok";
    BOOST_TEST(verdict(example_target, example_time, "", rules) == "InvalidToken");
    BOOST_TEST(verdict(example_target + "&X-Amz-Security-Token=tok") == "InvalidToken");
    BOOST_TEST(
        verdict(example_target + "&X-Amz-Security-Token=tok", example_time, "", rules) ==
        "SignatureDoesNotMatch"
    );
}

BOOST_AUTO_TEST_SUITE_END()
