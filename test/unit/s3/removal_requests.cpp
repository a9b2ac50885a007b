// Tests of s3client/src/core/build_removal_requests.cpp: removals and tags, byte for byte, and of
// what is answered.
#include "built_requests.hpp"
#include "core/response_reader.hpp"
#include "core/xml_documents.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(removal_requests)

constexpr const char* name_space = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

std::string digest_of(const std::string& body) {
    const auto digest = md5(as_bytes(body));
    return base64(digest);
}

remove_many_request removal_of(std::vector<doomed_object> objects) {
    remove_many_request what;
    what.bucket = "b";
    what.objects = std::move(objects);
    return what;
}

BOOST_AUTO_TEST_CASE(one_version_is_removed) {
    remove_request what;
    what.bucket = "b";
    what.key = "k";
    what.version_id = "v/1";
    what.if_match = "\"e\"";
    what.bypass_governance = true;
    BOOST_TEST(
        wire_text(build_remove(what)) ==
        "DELETE /b/k?versionId=v%2F1 HTTP/1.1\r\nif-match: \"e\"\r\n"
        "x-amz-bypass-governance-retention: true\r\n\r\n"
    );
    what.if_match = "a\r\nb: c";
    refused_as_unsafe(build_remove(what), "if-match");
}

BOOST_AUTO_TEST_CASE(many_are_removed_by_a_document_with_its_digest) {
    const std::string body = std::string("<Delete") + name_space +
                             "><Object><Key>a&amp;b &lt;\"&apos;</Key></Object><Object><Key>c</Key>"
                             "<VersionId>v1</VersionId></Object></Delete>";
    std::string escaped = body;
    escaped.replace(escaped.find('"', escaped.find("&lt;")), 1, "&quot;");
    BOOST_TEST(
        wire_text(build_remove_many(removal_of({{"a&b <\"'", ""}, {"c", "v1"}}))) ==
        "POST /b?delete= HTTP/1.1\r\ncontent-type: application/xml\r\ncontent-md5: " +
            digest_of(escaped) + "\r\n\r\n" + escaped
    );
}

BOOST_AUTO_TEST_CASE(one_to_a_thousand_are_removed_at_once) {
    refused_as_unsafe(build_remove_many(removal_of({})), "1,000");
    BOOST_TEST(
        build_remove_many(removal_of(std::vector<doomed_object>(1000, {"k", ""}))).has_value()
    );
    refused_as_unsafe(
        build_remove_many(removal_of(std::vector<doomed_object>(1001, {"k", ""}))), "1,000"
    );
}

BOOST_AUTO_TEST_CASE(a_key_that_xml_cannot_carry_is_named_as_such) {
    for (const char* const key : {"a\x01", "\x1f", "a\x0b"})
        refused_as_unsafe(
            build_remove_many(removal_of({{key, ""}})), "remove that object by itself"
        );
    refused_as_unsafe(build_remove_many(removal_of({{"k", "\x02"}})), "control bytes");
    refused_as_unsafe(build_remove_many(removal_of({{"", ""}})), "empty key");
    // A carriage return would be read as a line feed if it were not written as a reference.
    const auto made = build_remove_many(removal_of({{"a\rb", ""}}));
    BOOST_TEST(made->body.find("<Key>a&#13;b</Key>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_removed_and_what_was_not) {
    const auto read = read_removals(
        "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b&amp;</Key>"
        "<VersionId>v</VersionId><Code>AccessDenied</Code><Message>no</Message></Error>"
        "<Deleted><Key>c</Key><VersionId>v2</VersionId><DeleteMarker>true</DeleteMarker></Deleted>"
        "</DeleteResult>"
    );
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->removed.size() == 2u);
    BOOST_TEST(read->removed[1].key == "c");
    BOOST_TEST(read->removed[1].version_id == "v2");
    BOOST_REQUIRE(read->refused.size() == 1u);
    BOOST_TEST(read->refused[0].key == "b&");
    BOOST_TEST(read->refused[0].version_id == "v");
    BOOST_TEST(read->refused[0].code == "AccessDenied");
    BOOST_TEST(read->refused[0].message == "no");
    BOOST_TEST(!read_removals("<Error><Code>x</Code></Error>").has_value());
}

BOOST_AUTO_TEST_CASE(a_removal_tells_of_its_marker) {
    response_head head;
    head.status = 204;
    BOOST_TEST(!read_removal(head).delete_marker);
    head.headers = {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", "v"}};
    BOOST_TEST(read_removal(head).delete_marker);
    BOOST_TEST(read_removal(head).version_id == "v");
}

BOOST_AUTO_TEST_CASE(tags_are_asked_for_written_and_removed) {
    BOOST_TEST(wire_text(build_get_tags("b", "k", "")) == "GET /b/k?tagging= HTTP/1.1\r\n\r\n");
    BOOST_TEST(
        wire_text(build_get_tags("b", "k", "v")) == "GET /b/k?tagging=&versionId=v HTTP/1.1\r\n\r\n"
    );
    BOOST_TEST(
        wire_text(build_remove_tags("b", "k", "")) == "DELETE /b/k?tagging= HTTP/1.1\r\n\r\n"
    );
    const std::string body = std::string("<Tagging") + name_space +
                             "><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag>"
                             "<Tag><Key>b</Key><Value></Value></Tag></TagSet></Tagging>";
    BOOST_TEST(
        wire_text(build_put_tags("b", "k", "v", {{"a", "1 & 2"}, {"b", ""}})) ==
        "PUT /b/k?tagging=&versionId=v HTTP/1.1\r\ncontent-type: application/xml\r\ncontent-md5: " +
            digest_of(body) + "\r\n\r\n" + body
    );
    refused_as_unsafe(build_put_tags("b", "k", "", {{"a", "\x01"}}), "control bytes of a tag");
}

BOOST_AUTO_TEST_CASE(tags_are_read) {
    const auto tags = read_tags("<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag>"
                                "<Tag><Value/><Key>b</Key></Tag></TagSet></Tagging>");
    BOOST_REQUIRE(tags.has_value());
    BOOST_TEST((*tags == tag_map{{"a", "1 & 2"}, {"b", ""}}));
    BOOST_TEST(read_tags("<Tagging/>")->empty());
    BOOST_TEST(!read_tags("<TagSet/>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
