// test: the simulator's own Signature Version 4.
#include "core/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

namespace sim_signature_test {

// The examples of AWS's page "Signature Calculations for the Authorization Header": key, date and
// region are the same in all of them.
const signature_rules example{
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", "us-east-1"};
const std::string empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const auto example_time = *parse_basic_date("20130524T000000Z");

struct sent {
    std::string line = "GET / HTTP/1.1";
    std::string host = "examplebucket.s3.amazonaws.com";
    std::string more; ///< further header lines
    std::string date = "20130524T000000Z";
    std::string payload = empty_sha256;
    std::string headers = "host;x-amz-content-sha256;x-amz-date";
    std::string credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    std::string signature;
};

std::string text_of(const sent& one) {
    std::string out = one.line + "\r\nHost: " + one.host + "\r\n" + one.more;
    if (!one.payload.empty()) out += "x-amz-content-sha256: " + one.payload + "\r\n";
    if (!one.date.empty()) out += "x-amz-date: " + one.date + "\r\n";
    if (one.signature.empty()) return out + "\r\n";
    return out + "Authorization: AWS4-HMAC-SHA256 Credential=" + one.credential +
           ",SignedHeaders=" + one.headers + ",Signature=" + one.signature + "\r\n\r\n";
}

/// "" when accepted, else S3's code.
std::string
verdict(const sent& one, const signature_rules& rules = example, sys_seconds now = example_time) {
    const auto head = parse_head(text_of(one));
    BOOST_REQUIRE(head);
    const auto where = parse_target(head->target);
    BOOST_REQUIRE(where);
    const auto claim = check_signature(*head, *where, rules, now);
    return claim ? "" : claim.error().code;
}

/// Signs with the code under test: for cases about everything but the arithmetic.
sent signed_request(sent one, const std::string& secret = example.secret_key) {
    one.signature = "0";
    const auto head = parse_head(text_of(one));
    BOOST_REQUIRE(head);
    const auto where = parse_target(head->target);
    const auto who = parse_authorization(head->get("authorization"));
    BOOST_REQUIRE(who);
    const auto canonical = canonical_request(*head, *where, who->signed_headers, one.payload);
    one.signature = signature_of(canonical, one.date, *who, secret);
    return one;
}

sent get_range() {
    sent one;
    one.line = "GET /test.txt HTTP/1.1";
    one.more = "Range: bytes=0-9\r\n";
    one.headers = "host;range;x-amz-content-sha256;x-amz-date";
    one.signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    return one;
}

} // namespace sim_signature_test

using namespace sim_signature_test;

BOOST_AUTO_TEST_SUITE(sim_signature)

BOOST_AUTO_TEST_CASE(the_documents_get_with_a_range_is_accepted) {
    BOOST_TEST(verdict(get_range()) == "");
}

BOOST_AUTO_TEST_CASE(the_documents_put_is_accepted) {
    sent one;
    one.line = "PUT /test%24file.text HTTP/1.1";
    one.more = "Date: Fri, 24 May 2013 00:00:00 GMT\r\nx-amz-storage-class: REDUCED_REDUNDANCY\r\n";
    one.payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    one.headers = "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class";
    one.signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
    BOOST_TEST(verdict(one) == "");
}

BOOST_AUTO_TEST_CASE(the_documents_query_without_a_value_is_accepted) {
    sent one;
    one.line = "GET /?lifecycle HTTP/1.1";
    one.signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
    BOOST_TEST(verdict(one) == "");
}

BOOST_AUTO_TEST_CASE(the_documents_listing_is_accepted) {
    sent one;
    one.line = "GET /?max-keys=2&prefix=J HTTP/1.1";
    one.signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    BOOST_TEST(verdict(one) == "");
}

BOOST_AUTO_TEST_CASE(a_changed_byte_anywhere_is_refused) {
    auto one = get_range();
    one.line = "GET /test.txu HTTP/1.1";
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
    one = get_range();
    one.line = "PUT /test.txt HTTP/1.1";
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
    one = get_range();
    one.line = "GET /test.txt?x=1 HTTP/1.1";
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
    one = get_range();
    one.more = "Range: bytes=0-8\r\n";
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
    one = get_range();
    one.signature.back() = '2';
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
    one = get_range();
    one.payload = "UNSIGNED-PAYLOAD";
    BOOST_TEST(verdict(one) == "SignatureDoesNotMatch");
}

BOOST_AUTO_TEST_CASE(spellings_of_one_request_have_one_signature) {
    auto one = get_range();
    one.line = "GET /%74est.txt HTTP/1.1";
    one.more = "RANGE:   bytes=0-9  \r\n";
    BOOST_TEST(verdict(one) == "");
}

BOOST_AUTO_TEST_CASE(paths_are_encoded_once_and_never_normalised) {
    const auto where = parse_target("/b//a/../%2e/%E2%82%AC%20+%25?x=%2f&a=b%20c&a-=~");
    BOOST_REQUIRE(where);
    BOOST_TEST(canonical_path(*where) == "/b//a/.././%E2%82%AC%20%2B%25");
    BOOST_TEST(canonical_query(*where) == "a=b%20c&a-=~&x=%2F");
}

BOOST_AUTO_TEST_CASE(header_values_are_squeezed_and_joined) {
    request_head head;
    head.method = "GET";
    head.headers = {{"x-amz-meta-a", "1  2   3"}, {"host", "h"}, {"x-amz-meta-a", "4"}};
    const auto where = parse_target("/");
    const auto text = canonical_request(head, *where, {"host", "x-amz-meta-a"}, "p");
    BOOST_TEST(text == "GET\n/\n\nhost:h\nx-amz-meta-a:1 2 3,4\n\nhost;x-amz-meta-a\np");
}

BOOST_AUTO_TEST_CASE(unknown_keys_and_wrong_secrets_have_codes_of_their_own) {
    sent one;
    one.credential = "AKIAOTHER/20130524/us-east-1/s3/aws4_request";
    BOOST_TEST(verdict(signed_request(one)) == "InvalidAccessKeyId");
    BOOST_TEST(verdict(signed_request(sent(), "wrong")) == "SignatureDoesNotMatch");
    BOOST_TEST(verdict(sent()) == "AccessDenied");
}

BOOST_AUTO_TEST_CASE(the_scope_must_name_day_region_service_and_end) {
    for (const std::string scope :
         {"20130525/us-east-1/s3/aws4_request",
          "20130524/eu-west-1/s3/aws4_request",
          "20130524/us-east-1/sts/aws4_request",
          "20130524/us-east-1/s3/aws5_request",
          "us-east-1/s3/aws4_request"}) {
        sent one;
        one.credential = "AKIAIOSFODNN7EXAMPLE/" + scope;
        one.signature = std::string(64, '0');
        BOOST_TEST(verdict(one) == "AuthorizationHeaderMalformed", scope);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_region_is_answered_with_the_right_one) {
    sent one;
    one.credential = "AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request";
    one = signed_request(one);
    const auto head = parse_head(text_of(one));
    const auto claim = check_signature(*head, *parse_target(head->target), example, example_time);
    BOOST_REQUIRE(!claim);
    BOOST_REQUIRE(!claim.error().details.empty());
    BOOST_TEST(claim.error().details.front().first == "Region");
    BOOST_TEST(claim.error().details.front().second == "us-east-1");
}

BOOST_AUTO_TEST_CASE(clocks_may_differ_by_fifteen_minutes) {
    const auto one = signed_request(sent());
    using std::chrono::seconds;
    BOOST_TEST(verdict(one, example, example_time + seconds(900)) == "");
    BOOST_TEST(verdict(one, example, example_time - seconds(900)) == "");
    BOOST_TEST(verdict(one, example, example_time + seconds(901)) == "RequestTimeTooSkewed");
    BOOST_TEST(verdict(one, example, example_time - seconds(901)) == "RequestTimeTooSkewed");
}

BOOST_AUTO_TEST_CASE(amz_headers_outside_the_signature_are_refused) {
    sent one;
    one.more = "x-amz-meta-token: t\r\n";
    BOOST_TEST(verdict(signed_request(one)) == "AccessDenied");
    one.headers = "host;x-amz-content-sha256;x-amz-date;x-amz-meta-token";
    BOOST_TEST(verdict(signed_request(one)) == "");
    one.headers = "x-amz-content-sha256;x-amz-date;x-amz-meta-token";
    BOOST_TEST(verdict(signed_request(one)) == "AccessDenied");
}

BOOST_AUTO_TEST_CASE(signed_headers_must_be_sorted_and_unique) {
    sent one;
    one.signature = "0";
    one.headers = "x-amz-date;host;x-amz-content-sha256";
    BOOST_TEST(verdict(one) == "AuthorizationHeaderMalformed");
    one.headers = "host;host;x-amz-content-sha256;x-amz-date";
    BOOST_TEST(verdict(one) == "AuthorizationHeaderMalformed");
}

BOOST_AUTO_TEST_CASE(the_payload_must_be_promised) {
    sent one;
    one.payload = "";
    one.headers = "host;x-amz-date";
    BOOST_TEST(verdict(signed_request(one)) == "InvalidRequest");
    one = sent();
    one.payload = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
    BOOST_TEST(verdict(signed_request(one)) == "NotImplemented");
    one.payload = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    BOOST_TEST(verdict(signed_request(one)) == "InvalidArgument");
    one.payload = "UNSIGNED-PAYLOAD";
    BOOST_TEST(verdict(signed_request(one)) == "");
}

BOOST_AUTO_TEST_CASE(the_headers_of_chunks_go_with_chunks_and_nothing_else) {
    sent one;
    one.payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    one.more = "content-encoding: aws-chunked\r\nx-amz-decoded-content-length: 5\r\n"
               "x-amz-trailer: x-amz-checksum-crc32c\r\n";
    one.headers = "content-encoding;host;x-amz-content-sha256;x-amz-date;"
                  "x-amz-decoded-content-length;x-amz-trailer";
    BOOST_TEST(verdict(signed_request(one)) == "");
    one.more.replace(18, 11, "gzip       ");
    BOOST_TEST(verdict(signed_request(one)) == "InvalidRequest");
    one.more = "content-encoding: aws-chunked, gzip\r\nx-amz-decoded-content-length: 5\r\n";
    one.headers =
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length";
    BOOST_TEST(verdict(signed_request(one)) == "InvalidRequest", "without its trailer");
    one.payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    BOOST_TEST(verdict(signed_request(one)) == "");
    one.payload = "UNSIGNED-PAYLOAD";
    BOOST_TEST(verdict(signed_request(one)) == "InvalidRequest");
}

BOOST_AUTO_TEST_CASE(a_session_token_must_be_the_right_one) {
    auto rules = example;
    sent with;
    with.more = "x-amz-security-token: tok\r\n";
    with.headers = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
    BOOST_TEST(verdict(signed_request(with), rules) == "InvalidToken");
    rules.session_token = "tok";
    BOOST_TEST(verdict(signed_request(with), rules) == "");
    BOOST_TEST(verdict(signed_request(sent()), rules) == "InvalidToken");
}

BOOST_AUTO_TEST_CASE(keys_that_end_are_accepted_until_then) {
    const std::string key = "ASIA519ead83XY"; // three seconds after the example's time
    const std::string secret = "2f8ec1f2250bc91522c61fb4221814dc3401ac9a5a4dc77dabb106353cbd4183";
    const std::string token = "debaceaceb0f68816cc5f6952f459990aed9be49bac39318a86c78160afd9a78";
    auto rules = example;
    sent with;
    with.more = "x-amz-security-token: " + token + "\r\n";
    with.headers = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
    with.credential = key + "/20130524/us-east-1/s3/aws4_request";
    BOOST_TEST(verdict(signed_request(with, secret), rules) == "InvalidAccessKeyId");
    rules.temporary_keys = true;
    BOOST_TEST(verdict(signed_request(with, secret), rules) == "");
    const auto later = [](int seconds) { return example_time + std::chrono::seconds(seconds); };
    BOOST_TEST(verdict(signed_request(with, secret), rules, later(2)) == "");
    BOOST_TEST(verdict(signed_request(with, secret), rules, later(3)) == "ExpiredToken");
    BOOST_TEST(verdict(signed_request(with), rules) == "SignatureDoesNotMatch");
    with.more = "x-amz-security-token: " + token.substr(1) + "\r\n";
    BOOST_TEST(verdict(signed_request(with, secret), rules) == "InvalidToken");
    BOOST_TEST(verdict(signed_request(sent()), rules) == "", "the one signer still may");
    for (const char* const bad : {"ASIA", "ASIA519ead8", "ASIA519ead8gXY", "AKIA519ead83XY"}) {
        with.credential = std::string(bad) + "/20130524/us-east-1/s3/aws4_request";
        BOOST_TEST(verdict(signed_request(with, secret), rules) == "InvalidAccessKeyId", bad);
    }
}

BOOST_AUTO_TEST_SUITE_END()
