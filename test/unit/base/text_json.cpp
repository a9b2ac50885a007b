// test: JSON strings and UTF-8.
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

namespace {

std::string literal(std::string_view text) {
    std::string to = ">";
    sluice::append_json_string(to, text);
    return to;
}

} // namespace

BOOST_AUTO_TEST_SUITE(text_json)

BOOST_AUTO_TEST_CASE(only_what_must_be_is_escaped) {
    BOOST_TEST(literal("") == ">\"\"");
    BOOST_TEST(literal("a/b\x7f \xc3\xa4") == ">\"a/b\x7f \xc3\xa4\"");
    BOOST_TEST(literal("\"\\\b\f\n\r\t") == R"(>"\"\\\b\f\n\r\t")");
    BOOST_TEST(literal(std::string_view("\0x\x1f", 3)) == R"(>"\u0000x\u001f")");
}

BOOST_AUTO_TEST_CASE(well_formed_utf8_is_recognised) {
    for (const char* good :
         {"",
          "plain ascii that is long enough",
          "\xc2\x80",
          "\xdf\xbf",
          "\xe0\xa0\x80",
          "\xed\x9f\xbf",
          "\xee\x80\x80",
          "\xf0\x90\x80\x80",
          "\xf4\x8f\xbf\xbf",
          "1234567\xc3\xa4",
          "12345678\xc3\xa4"})
        BOOST_TEST(sluice::is_utf8(good), good);
    BOOST_TEST(sluice::is_utf8(std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(overlong_surrogate_truncated_and_foreign_bytes_are_not_utf8) {
    for (const char* bad :
         {"\x80",
          "\xbf",
          "\xc0\x80",
          "\xc1\xbf",
          "\xc2",
          "\xc2 ",
          "\xe0\x9f\xbf",
          "\xe0\xa0",
          "\xed\xa0\x80",
          "\xef\xbf",
          "\xf0\x8f\xbf\xbf",
          "\xf0\x90\x80",
          "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80",
          "\xff",
          "12345678\xff",
          "1234567\xff",
          "12345678123456\xe2\x82"})
        BOOST_TEST(!sluice::is_utf8(bad));
}

BOOST_AUTO_TEST_SUITE_END()
