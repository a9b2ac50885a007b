// Tests of presigning in s3client/src/core/sigv4.cpp.
#include "core/sigv4.hpp"
#include "signed_requests.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(presigned_targets)

result<std::string> presign(const vector_request& one) {
    signer pen(one.who);
    return pen.presign(
        one.method, one.path, one.query, one.headers, {one.region, one.when}, one.valid
    );
}

BOOST_AUTO_TEST_CASE(the_signature_is_that_of_others) {
    for (const char* const name : {"aws-presigned", "botocore-presigned-token"}) {
        const vector_request one = read_request(name);
        const auto made = presign(one);
        BOOST_REQUIRE(made.has_value());
        BOOST_TEST(made->ends_with("&X-Amz-Signature=" + one.signature), *made);
    }
}

BOOST_AUTO_TEST_CASE(the_target_of_aws_example_is_the_documents) {
    BOOST_TEST(
        presign(read_request("aws-presigned")).value() ==
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

BOOST_AUTO_TEST_CASE(a_second_to_seven_days_are_valid) {
    vector_request one = read_request("aws-presigned");
    for (const int seconds : {1, 604'800}) {
        one.valid = std::chrono::seconds(seconds);
        BOOST_TEST(presign(one).has_value());
    }
    for (const int seconds : {0, -1, 604'801}) {
        one.valid = std::chrono::seconds(seconds);
        const auto refused = presign(one);
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == s3_errc::unsafe_input));
        BOOST_TEST(refused.error().where.find("7 days") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(nobody_signs_nothing) {
    vector_request one = read_request("botocore-presigned-token");
    one.who.anonymous = true;
    BOOST_TEST(
        presign(one).value() ==
        "//a/../%C3%A9%20%2B%257E~%26%3D%3F%23?partNumber=7"
        "&response-content-type=text%2Fplain%3B%20charset%3Dutf-8&uploadId=a%2Fb%2Bc%3D%3D"
    );
}

BOOST_AUTO_TEST_CASE(the_secret_is_not_in_it) {
    const vector_request one = read_request("botocore-presigned-token");
    const std::string made = presign(one).value();
    BOOST_TEST(made.find(one.who.secret_key) == std::string::npos);
    BOOST_TEST(made.find(percent_encode(one.who.secret_key)) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
