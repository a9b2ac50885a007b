// Tests of s3client/src/core/xml_tree.cpp: untrusted XML within limits.
#include "core/xml_tree.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(xml_trees)

bool parses(const std::string& text, const xml_limits& limits = xml_limits()) {
    pugi::xml_document document;
    const auto parsed = parse_xml(text, document, limits);
    if (!parsed) BOOST_TEST((parsed.error().code == s3_errc::malformed_answer));
    return parsed.has_value();
}

std::string text_in(const std::string& inner) {
    pugi::xml_document document;
    const auto parsed = parse_xml("<r>" + inner + "</r>", document);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), inner);
    return text_of(root_of(document), "a");
}

BOOST_AUTO_TEST_CASE(text_is_the_whole_text) {
    BOOST_TEST(text_in("<a>x</a>") == "x");
    BOOST_TEST(text_in("<a>&lt;&gt;&amp;&quot;&apos;&#228;&#xE4;</a>") == "<>&\"'\xc3\xa4\xc3\xa4");
    BOOST_TEST(text_in("<a>x<![CDATA[<&>]]>y<!-- not me -->z</a>") == "x<&>yz");
    BOOST_TEST(text_in("<a/>") == "");
    BOOST_TEST(text_in("<a></a>") == "");
    BOOST_TEST(text_in("") == "");
}

BOOST_AUTO_TEST_CASE(white_space_in_text_is_kept) {
    BOOST_TEST(text_in("<a> x </a>") == " x ");
    BOOST_TEST(text_in("<a>  </a>") == "  ");
    BOOST_TEST(text_in("<a>a\nb&#13;&#10;c</a>") == "a\nb\r\nc");
}

BOOST_AUTO_TEST_CASE(the_first_child_of_a_name_counts_whatever_its_prefix) {
    BOOST_TEST(text_in("<b>0</b><s3:a xmlns:s3=\"u\">1</s3:a><a>2</a>") == "1");
    BOOST_TEST(text_in("<b><a>inner</a></b>") == "");
}

BOOST_AUTO_TEST_CASE(white_space_and_a_declaration_may_surround_the_root) {
    BOOST_TEST(parses("<r/>"));
    BOOST_TEST(parses(" \r\n\t<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><r></r>\n \t"));
}

BOOST_AUTO_TEST_CASE(document_types_are_refused) {
    BOOST_TEST(!parses("<!DOCTYPE r><r/>"));
    BOOST_TEST(!parses("<!DOCTYPE r [<!ENTITY x \"1\">]><r>&x;</r>"));
    BOOST_TEST(!parses("<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><r/>"));
    BOOST_TEST(!parses("<r><!ENTITY x \"1\"></r>"));
}

BOOST_AUTO_TEST_CASE(entities_that_nobody_declared_stay_text) {
    BOOST_TEST(text_in("<a>&nbsp;</a>") == "&nbsp;");
}

BOOST_AUTO_TEST_CASE(what_is_not_one_document_is_refused) {
    for (const char* const bad :
         {"",
          "   ",
          "junk",
          "<",
          "<r",
          "<r>",
          "<r></s>",
          "<r/><r/>",
          "<r/>junk",
          "junk<r/>",
          "</r>",
          "<r><a></r></a>",
          "<?xml version=\"1.0\"?>",
          "<!-- only -->",
          "{\"a\":1}",
          "<r a=1/>"})
        BOOST_TEST(!parses(bad), bad);
    BOOST_TEST(!parses(std::string("\0\0\0", 3)));
    BOOST_TEST(!parses(std::string("<r/>\0junk", 9)));
    BOOST_TEST(!parses("<r/><![CDATA[junk]]>"));
    BOOST_TEST(!parses("<!-- c -->junk<r/>"));
    BOOST_TEST(!parses("<r/><!-- c -->junk"));
}

std::string nested(int levels, const std::string& open, const std::string& close) {
    std::string text;
    for (int each = 0; each < levels; ++each)
        text += open;
    for (int each = 0; each < levels; ++each)
        text += close;
    return text;
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused) {
    BOOST_TEST(parses(nested(16, "<a>", "</a>")));
    BOOST_TEST(!parses(nested(20, "<a>", "</a>")));
    BOOST_TEST(!parses(nested(1'000'000, "<a>", "</a>")));
    BOOST_TEST(!parses(nested(1'000'000, "<a>", "")));
}

BOOST_AUTO_TEST_CASE(nesting_cannot_be_hidden_from_the_count) {
    BOOST_TEST(!parses(nested(300'000, "<a b=\"/>\">", "</a>")));
    BOOST_TEST(!parses(nested(300'000, "<a><!--</a>-->", "</a>")));
    BOOST_TEST(!parses(nested(300'000, "<a b='</a>'>", "</a>")));
}

BOOST_AUTO_TEST_CASE(siblings_are_not_nesting) {
    std::string text = "<r>";
    for (int each = 0; each < 1000; ++each)
        text += "<a><b>1</b><c/></a>";
    BOOST_TEST(parses(text + "</r>"));
}

BOOST_AUTO_TEST_CASE(sizes_are_limited) {
    xml_limits limits;
    limits.bytes = 100;
    BOOST_TEST(parses("<r>" + std::string(93, 'x') + "</r>", limits));
    BOOST_TEST(!parses("<r>" + std::string(94, 'x') + "</r>", limits));
    BOOST_TEST(parses("<r>" + std::string(64 << 10, 'x') + "</r>"));
    BOOST_TEST(!parses("<r>" + std::string((64 << 10) + 1, 'x') + "</r>"));
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_not_negative) {
    const auto number = [](const std::string& text) {
        pugi::xml_document document;
        BOOST_REQUIRE(parse_xml("<r><n>" + text + "</n></r>", document));
        return number_of(root_of(document), "n");
    };
    BOOST_TEST((number("0") == 0u));
    BOOST_TEST((number("18446744073709551615") == 18446744073709551615u));
    for (const char* const bad :
         {"", "-1", "+1", "1.0", "1e3", "18446744073709551616", "0x1", "1 2"})
        BOOST_TEST(!number(bad), bad);
}

BOOST_AUTO_TEST_CASE(what_is_escaped_reads_the_same) {
    std::string text;
    BOOST_TEST(append_xml_text(text, "<a href=\"x\">'&'\r\n\t\xc3\xa4"));
    BOOST_TEST(text == "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&apos;&#13;\n\t\xc3\xa4");
    BOOST_TEST(text_in("<a>" + text + "</a>") == "<a href=\"x\">'&'\r\n\t\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(control_bytes_cannot_be_written) {
    for (int each = 0; each < 0x20; ++each) {
        std::string text;
        const bool allowed = each == '\t' || each == '\n' || each == '\r';
        BOOST_TEST(append_xml_text(text, std::string(1, static_cast<char>(each))) == allowed, each);
    }
}

BOOST_AUTO_TEST_SUITE_END()
