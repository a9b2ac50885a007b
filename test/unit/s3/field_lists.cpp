// Tests of s3client/src/core/field_list.cpp.
#include "core/field_list.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(field_lists)

std::string shown(const field_list& list) {
    std::string text;
    for (const field each : list)
        text.append(each.name).append("=").append(each.value).append(";");
    return text;
}

BOOST_AUTO_TEST_CASE(fields_stay_in_their_order) {
    field_list list = {{"b", "1"}, {"a", ""}};
    list.push_back({"b", std::string(300, 'x')});
    list.push_back({"", "no name"});
    BOOST_TEST(shown(list) == "b=1;a=;b=" + std::string(300, 'x') + ";=no name;");
    BOOST_TEST(list.size() == 4u);
    BOOST_TEST(field_list().size() == 0u);
    BOOST_TEST(field_list().empty());
}

BOOST_AUTO_TEST_CASE(the_first_of_a_name_is_found) {
    const field_list list = {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", ""}};
    BOOST_TEST(*list.find("a") == "1");
    BOOST_TEST(*list.find("c") == "");
    BOOST_TEST(!list.find("d").has_value());
    BOOST_TEST(!list.find("A").has_value());
}

BOOST_AUTO_TEST_CASE(names_are_lowered_and_values_are_not) {
    field_list list;
    list.push_back_lower({"X-Amz-Meta-\xc3\x84", "VALUE"});
    BOOST_TEST(shown(list) == "x-amz-meta-\xc3\x84=VALUE;");
}

BOOST_AUTO_TEST_CASE(any_byte_may_be_in_them) {
    const std::string odd("\0\r\n:=\xff", 6);
    const field_list list = {{odd, odd + odd}, {"a", odd}};
    BOOST_TEST((*list.find(odd) == odd + odd));
    BOOST_TEST((*list.find("a") == odd));
}

BOOST_AUTO_TEST_CASE(some_are_removed_and_others_appended) {
    field_list list = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
    const auto is_old = [](const field& each) { return each.value < "3"; };
    BOOST_TEST(list.remove_if(is_old) == 2u);
    BOOST_TEST(list.remove_if(is_old) == 0u);
    list.append({{"d", "4"}, {"e", "5"}});
    BOOST_TEST(shown(list) == "c=3;d=4;e=5;");
    list.clear();
    BOOST_TEST(list.empty());
}

BOOST_AUTO_TEST_SUITE_END()
