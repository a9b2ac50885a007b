// test: JSON documents of the command.
#include "core/json_text.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(command_json)

BOOST_AUTO_TEST_CASE(members_stand_in_the_order_given) {
    json_object json;
    json.text("b", "x")
        .number("a", 18446744073709551615u)
        .integer("i", -1)
        .flag("f", true)
        .null("n");
    json.real("r", 1.5).value("v", "[1]");
    BOOST_TEST(
        json.done() == "{\"b\":\"x\",\"a\":18446744073709551615,\"i\":-1,\"f\":true,\"n\":null,"
                       "\"r\":1.5,\"v\":[1]}"
    );
    BOOST_TEST(json_object().done() == "{}");
}

BOOST_AUTO_TEST_CASE(a_number_that_json_cannot_hold_is_null) {
    json_object json;
    json.real("x", std::numeric_limits<double>::infinity());
    json.real("y", std::numeric_limits<double>::quiet_NaN());
    BOOST_TEST(json.done() == "{\"x\":null,\"y\":null}");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_do_not_break_the_document) {
    BOOST_TEST(json_string("a\"b\n") == "\"a\\\"b\\n\"");
    BOOST_TEST(json_string("\xff\x41") == "\"?A\"");
    BOOST_TEST(json_string("\xc3\xa9") == "\"\xc3\xa9\"");
}

BOOST_AUTO_TEST_CASE(items_are_separated_by_commas) {
    json_array list;
    BOOST_TEST(list.done() == "[]");
    list.add("1");
    list.add("{}");
    BOOST_TEST(list.done() == "[1,{}]");
}

BOOST_AUTO_TEST_SUITE_END()
