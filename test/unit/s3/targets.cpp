// Tests of s3client/src/core/target.cpp: the one writer of URLs.
#include "core/target.hpp"

#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(targets)

std::string path_of(const std::string& raw) {
    return write_target(raw, {}).path;
}

BOOST_AUTO_TEST_CASE(paths_are_never_normalised) {
    for (const char* const each :
         {"/", "//", "/a//b", "/a/./b", "/a/../b", "/..", "/.", "/a/", "///a"})
        BOOST_TEST(path_of(each) == each);
}

BOOST_AUTO_TEST_CASE(what_means_something_in_a_url_is_encoded_once) {
    BOOST_TEST(path_of("/a+b c%20?#&=~_-.") == "/a%2Bb%20c%2520%3F%23%26%3D~_-.");
    BOOST_TEST(path_of("/\r\n\t\x7f") == "/%0D%0A%09%7F");
    BOOST_TEST(path_of("/\xc3\xa9\xff") == "/%C3%A9%FF");
}

BOOST_AUTO_TEST_CASE(every_byte_survives_the_way_there_and_back) {
    std::string all = "/";
    for (int each = 0; each < 256; ++each)
        all += static_cast<char>(each);
    const std::string path = path_of(all);
    BOOST_TEST((percent_decode(path) == all));
    for (const char c : path)
        BOOST_TEST((c > 0x20 && c < 0x7f));
}

BOOST_AUTO_TEST_CASE(queries_are_sorted_by_their_encoded_names_then_values) {
    const query_list query = {
        {"b", ""}, {"a", "2"}, {"a", "1"}, {"A", "x"}, {"a-", "0"}, {"\xc3\xa9", "u"}};
    BOOST_TEST(write_target("/", query).query == "%C3%A9=u&A=x&a=1&a=2&a-=0&b=");
}

BOOST_AUTO_TEST_CASE(names_and_values_of_queries_are_encoded_slashes_too) {
    const query_list query = {{"x y", "a/b+c&d=e%\r\n"}};
    BOOST_TEST(write_target("/k", query).wire() == "/k?x%20y=a%2Fb%2Bc%26d%3De%25%0D%0A");
}

BOOST_AUTO_TEST_CASE(without_a_query_there_is_no_question_mark) {
    BOOST_TEST(write_target("/k", {}).wire() == "/k");
    const query_list uploads = {{"uploads", ""}};
    BOOST_TEST(write_target("/k", uploads).wire() == "/k?uploads=");
}

BOOST_AUTO_TEST_SUITE_END()
