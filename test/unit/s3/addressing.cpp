// Tests of s3client/src/core/addressing.cpp: hosts and paths.
#include "core/addressing.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(addressing)

endpoint at(const std::string& url, path_style style = path_style::automatic) {
    auto read = parse_endpoint(url);
    BOOST_REQUIRE(read.has_value());
    read->style = style;
    return *read;
}

/// "server | Host | path"
std::string placed(const endpoint& where, const std::string& bucket, const std::string& key) {
    const placed_request request = place_request(where, bucket, key);
    return to_string(request.server) + " | " + request.host_header + " | " + request.raw_path;
}

BOOST_AUTO_TEST_CASE(other_stores_get_the_bucket_in_the_path) {
    BOOST_TEST(
        placed(at("http://127.0.0.1:9000"), "b", "k/l") ==
        "127.0.0.1:9000 | 127.0.0.1:9000 | /b/k/l"
    );
    BOOST_TEST(
        placed(at("https://s3.example.com"), "b", "k") ==
        "s3.example.com:443 | s3.example.com | /b/k"
    );
}

BOOST_AUTO_TEST_CASE(aws_gets_the_bucket_in_the_host) {
    const endpoint aws = aws_endpoint("eu-west-1");
    BOOST_TEST(
        placed(aws, "b", "k") ==
        "b.s3.eu-west-1.amazonaws.com:443 | b.s3.eu-west-1.amazonaws.com | /k"
    );
    BOOST_TEST(
        placed(aws_endpoint("cn-north-1"), "b", "") ==
        "b.s3.cn-north-1.amazonaws.com.cn:443 | b.s3.cn-north-1.amazonaws.com.cn | /"
    );
}

BOOST_AUTO_TEST_CASE(no_certificate_fits_a_bucket_with_dots) {
    const endpoint aws = aws_endpoint("eu-west-1");
    BOOST_TEST(place_request(aws, "a.b", "k").raw_path == "/a.b/k");
    endpoint plain = aws;
    plain.tls = false;
    BOOST_TEST(place_request(plain, "a.b", "k").raw_path == "/k");
}

BOOST_AUTO_TEST_CASE(the_wish_of_the_user_wins) {
    BOOST_TEST(
        placed(at("http://h:9000", path_style::never), "b", "k") == "b.h:9000 | b.h:9000 | /k"
    );
    endpoint aws = aws_endpoint("eu-west-1");
    aws.style = path_style::always;
    BOOST_TEST(place_request(aws, "b", "k").raw_path == "/b/k");
}

BOOST_AUTO_TEST_CASE(the_port_of_the_scheme_is_not_in_the_host_header) {
    BOOST_TEST(place_request(at("http://h:80"), "b", "").host_header == "h");
    BOOST_TEST(place_request(at("https://h:443"), "b", "").host_header == "h");
    BOOST_TEST(place_request(at("https://h:80"), "b", "").host_header == "h:80");
    BOOST_TEST(place_request(at("http://h:443"), "b", "").host_header == "h:443");
}

BOOST_AUTO_TEST_CASE(ipv6_has_brackets_in_the_header_and_none_in_the_address) {
    const endpoint where = at("http://[::1]:9000");
    const placed_request request = place_request(where, "b", "k");
    BOOST_TEST(request.server.host == "::1");
    BOOST_TEST(request.host_header == "[::1]:9000");
    BOOST_TEST(to_string(request.server) == "[::1]:9000");
    BOOST_TEST(place_request(at("https://[fe80::a]"), "b", "k").host_header == "[fe80::a]");
}

BOOST_AUTO_TEST_CASE(keys_are_placed_as_they_are) {
    const endpoint where = at("http://h:1");
    BOOST_TEST(place_request(where, "b", "/a").raw_path == "/b//a");
    BOOST_TEST(place_request(where, "b", "../x").raw_path == "/b/../x");
    BOOST_TEST(place_request(where, "b", "").raw_path == "/b");
    BOOST_TEST(place_request(where, "", "").raw_path == "/");
}

BOOST_AUTO_TEST_CASE(a_region_moves_the_host_on_aws_only) {
    BOOST_TEST(
        in_region(aws_endpoint("us-east-1"), "eu-west-3").host == "s3.eu-west-3.amazonaws.com"
    );
    const endpoint other = in_region(at("http://127.0.0.1:9000"), "eu-west-3");
    BOOST_TEST(other.host == "127.0.0.1");
    BOOST_TEST(other.port == 9000);
    BOOST_TEST(other.region == "eu-west-3");
    BOOST_TEST(in_region(aws_endpoint("us-east-1"), "").region == "us-east-1");
}

BOOST_AUTO_TEST_CASE(only_amazons_own_names_are_aws) {
    BOOST_TEST(is_aws_host("s3.us-east-1.amazonaws.com"));
    BOOST_TEST(!is_aws_host("s3.amazonaws.com.example.org"));
    BOOST_TEST(!is_aws_host("notamazonaws.com"));
}

BOOST_AUTO_TEST_SUITE_END()
