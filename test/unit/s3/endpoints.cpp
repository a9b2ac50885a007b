// Tests of s3client/src/core/endpoint.cpp: endpoints from URLs.
#include <sluice/base/error.hpp>
#include <sluice/s3/endpoint.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(endpoints)

/// "tls host port region", or "" when refused.
std::string read(const std::string& url) {
    const auto where = parse_endpoint(url);
    if (!where) return "";
    return std::string(where->tls ? "tls " : "plain ") + where->host + " " +
           std::to_string(where->port) + " " + where->region;
}

BOOST_AUTO_TEST_CASE(the_scheme_decides_about_tls_and_the_usual_port) {
    BOOST_TEST(read("https://s3.example.com") == "tls s3.example.com 443 us-east-1");
    BOOST_TEST(read("http://s3.example.com/") == "plain s3.example.com 80 us-east-1");
    BOOST_TEST(read("http://127.0.0.1:9000") == "plain 127.0.0.1 9000 us-east-1");
    BOOST_TEST(read("http://h_1-x:65535") == "plain h_1-x 65535 us-east-1");
    BOOST_TEST(read("http://h:443") == "plain h 443 us-east-1");
}

BOOST_AUTO_TEST_CASE(ipv6_stands_in_brackets) {
    BOOST_TEST(read("http://[::1]:9000") == "plain ::1 9000 us-east-1");
    BOOST_TEST(read("https://[2001:db8::A]") == "tls 2001:db8::A 443 us-east-1");
    BOOST_TEST(read("http://[::ffff:1.2.3.4]/") == "plain ::ffff:1.2.3.4 80 us-east-1");
    for (const char* const bad :
         {"http://::1:9000",
          "http://[::1",
          "http://[]",
          "http://[host]:1",
          "http://[::1]9000",
          "http://[1.2.3.4]"})
        BOOST_TEST(read(bad) == "", bad);
}

BOOST_AUTO_TEST_CASE(a_host_of_aws_tells_its_region) {
    BOOST_TEST(
        read("https://s3.eu-west-1.amazonaws.com") == "tls s3.eu-west-1.amazonaws.com 443 eu-west-1"
    );
    BOOST_TEST(read("https://s3.amazonaws.com") == "tls s3.amazonaws.com 443 us-east-1");
    BOOST_TEST(aws_endpoint("eu-west-1").host == "s3.eu-west-1.amazonaws.com");
    BOOST_TEST(aws_endpoint("cn-north-1").host == "s3.cn-north-1.amazonaws.com.cn");
}

BOOST_AUTO_TEST_CASE(what_is_no_endpoint_is_refused_by_name_and_with_an_example) {
    for (const std::string bad :
         {"",
          "s3.example.com",
          "ftp://h",
          "HTTP//h",
          "http://",
          "http:///",
          "http://h:",
          "http://h:0",
          "http://h:65536",
          "http://h:9x",
          "http://h:-1",
          "http://h/path",
          "http://h?x",
          "http://h#f",
          "http://h//",
          "http://a b",
          "http://h\r\n",
          "http://h\x01",
          "https://:443"}) {
        const auto where = parse_endpoint(bad);
        BOOST_TEST_CONTEXT(bad) {
            BOOST_REQUIRE(!where);
            BOOST_TEST((where.error().code == errc::invalid_argument));
            BOOST_TEST(where.error().where.find("\"" + bad + "\"") != std::string::npos);
            BOOST_TEST(where.error().where.find("http://127.0.0.1:9000") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_password_in_the_url_is_refused_and_not_repeated) {
    const auto where = parse_endpoint("https://me:hunter2@s3.example.com");
    BOOST_REQUIRE(!where);
    BOOST_TEST(where.error().where.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
