// Tests of s3client/src/core/http_head.cpp: what may enter a head.
#include "core/http_head.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(http_heads)

BOOST_AUTO_TEST_CASE(no_control_byte_is_safe_and_every_other_byte_is) {
    for (int each = 0; each < 256; ++each) {
        const std::string text = std::string("a") + static_cast<char>(each) + "b";
        BOOST_TEST(is_header_safe(text) == (each >= 0x20 && each != 0x7f), each);
    }
    BOOST_TEST(is_header_safe(""));
}

BOOST_AUTO_TEST_CASE(names_are_tokens_in_lower_case) {
    for (const char* const good : {"host", "x-amz-meta-a.b_c", "x!#$%&'*+-.^_`|~9"})
        BOOST_TEST(is_header_name(good), good);
    for (const char* const bad : {"", "Host", "a b", "a:", "a\r\n", "\xc3\xa9", "a(b)", "a/b"})
        BOOST_TEST(!is_header_name(bad), bad);
}

BOOST_AUTO_TEST_CASE(the_unsafe_header_is_named_and_its_value_is_not) {
    const auto value = find_unsafe_header({{"host", "h"}, {"x-amz-meta-a", "se\r\ncret: 1"}});
    BOOST_REQUIRE(value.has_value());
    BOOST_TEST((value->code == s3_errc::unsafe_input));
    BOOST_TEST(value->where.find("x-amz-meta-a") != std::string::npos);
    BOOST_TEST(value->where.find("cret") == std::string::npos);
    const auto name = find_unsafe_header({{"x-amz-meta-a\r\nb", "1"}});
    BOOST_REQUIRE(name.has_value());
    BOOST_TEST(name->where.find('\n') == std::string::npos);
    BOOST_TEST(!find_unsafe_header({{"host", "h"}, {"x-amz-meta-a", "\xc3\xa9 ok"}}));
}

BOOST_AUTO_TEST_CASE(a_head_is_written_in_the_order_given) {
    BOOST_TEST(
        write_request_head("PUT", "/k?a=1", {{"host", "h:1"}, {"b", "2"}, {"a", ""}}) ==
        "PUT /k?a=1 HTTP/1.1\r\nhost: h:1\r\nb: 2\r\na: \r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(the_first_header_of_a_name_is_found) {
    const header_list headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
    BOOST_TEST(*headers.find("a") == "1");
    BOOST_TEST(!headers.find("c").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
