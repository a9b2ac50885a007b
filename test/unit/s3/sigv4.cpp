// Tests of s3client/src/core/sigv4.cpp against AWS's examples and an independent signer.
#include "core/sigv4.hpp"

#include "signed_requests.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(sigv4)

constexpr std::array vector_names = {
    "aws-get-range",
    "aws-put",
    "aws-get-lifecycle",
    "aws-list",
    "botocore-token",
    "botocore-slashes",
    "botocore-dots",
    "botocore-characters",
    "botocore-unicode",
    "botocore-every-byte",
    "botocore-query",
    "botocore-headers",
    "botocore-duplicates",
    "botocore-region-and-day"};

void sign_with(signer& pen, vector_request& one) {
    pen.sign(
        one.method,
        write_target(one.path, one.query),
        one.headers,
        one.payload,
        {one.region, one.when}
    );
}

std::string sign_alone(vector_request one) {
    signer pen(one.who);
    sign_with(pen, one);
    return signature_in(one.headers);
}

BOOST_DATA_TEST_CASE(
    the_signature_is_that_of_others, boost::unit_test::data::make(vector_names), name
) {
    const vector_request one = read_request(name);
    BOOST_TEST(sign_alone(one) == one.signature);
}

BOOST_AUTO_TEST_CASE(the_order_of_headers_and_queries_does_not_matter) {
    for (const char* const name : {"botocore-headers", "botocore-query"}) {
        vector_request one = read_request(name);
        one.headers = backwards(one.headers);
        one.query = backwards(one.query);
        BOOST_TEST(sign_alone(one) == one.signature, name);
    }
}

BOOST_AUTO_TEST_CASE(the_canonical_request_of_aws_example_is_the_documents) {
    const vector_request one = read_request("aws-put");
    header_list headers = one.headers;
    headers.push_back({"x-amz-content-sha256", one.payload});
    headers.push_back({"x-amz-date", "20130524T000000Z"});
    headers.push_back({"user-agent", "nobody"});
    const auto text =
        canonical_request("PUT", write_target(one.path, one.query), headers, one.payload);
    BOOST_TEST(
        text == "PUT\n/test%24file.text\n\ndate:Fri, 24 May 2013 00:00:00 GMT\n"
                "host:examplebucket.s3.amazonaws.com\n"
                "x-amz-content-sha256:"
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072\n"
                "x-amz-date:20130524T000000Z\nx-amz-storage-class:REDUCED_REDUNDANCY\n\n"
                "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class\n"
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    );
}

BOOST_AUTO_TEST_CASE(what_decides_about_the_object_is_signed_and_the_rest_is_not) {
    for (const char* const each :
         {"host",
          "content-md5",
          "content-type",
          "content-encoding",
          "content-disposition",
          "range",
          "if-match",
          "if-none-match",
          "x-amz-date",
          "x-amz-content-sha256",
          "x-amz-security-token",
          "x-amz-meta-a",
          "x-amz-checksum-crc64nvme"})
        BOOST_TEST(is_signed_header(each), each);
    for (const char* const each :
         {"user-agent",
          "accept-encoding",
          "content-length",
          "expect",
          "connection",
          "authorization"})
        BOOST_TEST(!is_signed_header(each), each);
}

BOOST_AUTO_TEST_CASE(a_signed_request_carries_date_payload_token_and_scope) {
    vector_request one = read_request("botocore-token");
    signer pen(one.who);
    sign_with(pen, one);
    BOOST_TEST(*one.headers.find("x-amz-date") == "20130524T000000Z");
    BOOST_TEST(*one.headers.find("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
    BOOST_TEST(*one.headers.find("x-amz-security-token") == one.who.session_token);
    BOOST_TEST(
        *one.headers.find("authorization") ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-k;x-amz-security-token,"
        "Signature=" +
            one.signature
    );
}

BOOST_AUTO_TEST_CASE(nothing_is_added_for_nobody) {
    vector_request one = read_request("botocore-token");
    one.who.anonymous = true;
    const std::size_t before = one.headers.size();
    signer pen(one.who);
    sign_with(pen, one);
    BOOST_TEST(one.headers.size() == before);
}

BOOST_AUTO_TEST_CASE(a_kept_key_is_that_of_its_day_and_region) {
    vector_request here = read_request("aws-get-range");
    vector_request there = read_request("botocore-region-and-day");
    signer pen(here.who);
    for (int round = 0; round < 3; ++round) {
        vector_request first = here, second = there;
        sign_with(pen, first);
        sign_with(pen, second);
        BOOST_TEST(signature_in(first.headers) == here.signature);
        BOOST_TEST(signature_in(second.headers) == there.signature);
    }
    vector_request elsewhere = here;
    elsewhere.region = "eu-west-1";
    const std::string expected = sign_alone(elsewhere);
    sign_with(pen, here);
    sign_with(pen, elsewhere);
    BOOST_TEST(signature_in(elsewhere.headers) == expected);
    BOOST_TEST(signature_in(elsewhere.headers) != here.signature);
}

BOOST_AUTO_TEST_CASE(the_secret_is_in_nothing_that_is_sent) {
    vector_request one = read_request("botocore-token");
    signer pen(one.who);
    sign_with(pen, one);
    for (const header& each : one.headers)
        BOOST_TEST(each.value.find(one.who.secret_key) == std::string::npos, each.name);
}

BOOST_AUTO_TEST_SUITE_END()
