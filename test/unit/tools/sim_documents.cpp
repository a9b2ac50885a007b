// test: the simulator's tags, removals and copy sources.
#include "core/copy_source.hpp"
#include "core/object_tags.hpp"
#include "core/removals.hpp"
#include "core/stored_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

BOOST_AUTO_TEST_SUITE(sim_documents)

request_head head_of(std::vector<header> headers) {
    request_head head;
    head.headers = std::move(headers);
    return head;
}

BOOST_AUTO_TEST_CASE(tags_come_in_a_header_or_a_document) {
    const tag_set expected = {{"a b", "1&2"}, {"c", ""}};
    BOOST_TEST((*read_tagging_header("a%20b=1%262&c=") == expected));
    BOOST_TEST((*read_tagging_document(tagging_document(expected)) == expected));
    BOOST_TEST((read_tagging_document("<Tagging><TagSet/></Tagging>")->empty()));
    BOOST_TEST(!read_tagging_header("a=1&a=2"));
    BOOST_TEST(!read_tagging_header("=1"));
    BOOST_TEST(!read_tagging_header(std::string(129, 'k') + "=1"));
    BOOST_TEST(!read_tagging_header("k=" + std::string(257, 'v')));
    std::string eleven;
    for (const char c : std::string("abcdefghijk"))
        eleven += std::string(1, c) + "=1&";
    BOOST_TEST(!read_tagging_header(eleven));
    for (const char* const bad :
         {"",
          "<Tagging/>",
          "<TagSet/>",
          "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"})
        BOOST_TEST(read_tagging_document(bad).error().code == "MalformedXML", bad);
}

BOOST_AUTO_TEST_CASE(removals_name_keys_byte_by_byte) {
    const auto read = read_removals(
        "<Delete xmlns=\"x\"><Quiet>true</Quiet><Object><Key>a&#13;b&amp;</Key></Object>"
        "<Object><Key> </Key></Object></Delete>"
    );
    BOOST_REQUIRE(read);
    BOOST_TEST(read->quiet);
    BOOST_REQUIRE(read->keys.size() == 2u);
    BOOST_TEST(read->keys[0] == "a\rb&");
    BOOST_TEST(read->keys[1] == " ");
    for (const char* const bad :
         {"", "<Delete/>", "<Delete><Object><Key/></Object></Delete>", "<Delete><Other/></Delete>"})
        BOOST_TEST(read_removals(bad).error().code == "MalformedXML", bad);
    const auto versions =
        read_removals("<Delete><Object><Key>k</Key><VersionId>v</VersionId></Object>"
                      "<Object><Key>l</Key></Object></Delete>");
    BOOST_REQUIRE(versions);
    BOOST_TEST((versions->versions == std::vector<std::string>{"v", ""}));
    std::string many = "<Delete>";
    for (int i = 0; i < 1001; ++i)
        many += "<Object><Key>k</Key></Object>";
    BOOST_TEST(read_removals(many + "</Delete>").error().code == "MalformedXML");
}

BOOST_AUTO_TEST_CASE(a_copy_source_is_a_path_decoded_once) {
    const auto source = [](const std::string& text) {
        const auto read = read_copy_source(head_of({{"x-amz-copy-source", text}}));
        if (!read) return read.error().code;
        return read->bucket + "|" + read->key + (read->version.empty() ? "" : "|" + read->version);
    };
    BOOST_TEST(source("/b/a%20b/c+d%2B%3F") == "b|a b/c+d+?");
    BOOST_TEST(source("b/k") == "b|k");
    BOOST_TEST(source("/b//k") == "b|/k");
    BOOST_TEST(source("/b/k?versionId=v") == "b|k|v");
    for (const char* const bad : {"", "/", "/b", "/b/", "//k", "/b/%zz"})
        BOOST_TEST(source(bad) == "InvalidArgument", bad);
}

BOOST_AUTO_TEST_CASE(a_copied_range_has_both_ends_within_the_source) {
    const auto range = [](const std::string& text) {
        return read_copy_range(head_of({{"x-amz-copy-source-range", text}}), 10);
    };
    BOOST_TEST((*range("bytes=2-5") == byte_range{2, 4}));
    BOOST_TEST((*read_copy_range(head_of({}), 10) == byte_range{0, 10}));
    for (const char* const bad :
         {"bytes=2-", "bytes=-2", "bytes=2-10", "bytes=5-4", "2-5", "bytes=2-5,7-8"})
        BOOST_TEST(range(bad).error().code == "InvalidArgument", bad);
}

BOOST_AUTO_TEST_CASE(how_a_request_travelled_is_not_kept) {
    const auto kept = [](const std::string& coding) {
        const auto headers = stored_headers(head_of({{"content-encoding", coding}}));
        return headers.empty() ? std::string("nothing") : headers.front().value;
    };
    BOOST_TEST(kept("aws-chunked") == "nothing");
    BOOST_TEST(kept("aws-chunked,gzip") == "gzip");
    BOOST_TEST(kept("aws-chunked, gzip") == "gzip");
    BOOST_TEST(kept("gzip") == "gzip");
}

BOOST_AUTO_TEST_SUITE_END()
