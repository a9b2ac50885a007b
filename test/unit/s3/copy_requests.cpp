// Tests of s3client/src/core/build_copy_requests.cpp, byte for byte, and of what is answered.
#include "built_requests.hpp"
#include "core/xml_documents.hpp"

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(copy_requests)

copy_request sample_copy() {
    copy_request what;
    what.from.bucket = "from";
    what.from.key = "a b/\xc3\xa9?x=1";
    what.bucket = "b";
    what.key = "k";
    return what;
}

copy_part_request sample_part() {
    copy_part_request what;
    what.from.bucket = "from";
    what.from.key = "a";
    what.bucket = "b";
    what.key = "k";
    what.upload_id = "u";
    what.number = 3;
    return what;
}

BOOST_AUTO_TEST_CASE(a_copy_names_its_source_as_an_encoded_path) {
    BOOST_TEST(
        wire_text(build_copy(sample_copy(), true)) ==
        "PUT /b/k HTTP/1.1\r\nx-amz-copy-source: /from/a%20b/%C3%A9%3Fx%3D1\r\n\r\n"
    );
    copy_request what = sample_copy();
    what.from.version_id = "v+1";
    BOOST_TEST(
        wire_text(build_copy(what, true)).find("%3Fx%3D1?versionId=v%2B1\r\n") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_copy_with_everything) {
    copy_request what = sample_copy();
    what.from.key = "a";
    what.from.if_match = "\"s\"";
    what.from.only_if.if_none_match = "\"n\"";
    what.from.only_if.modified_since = std::chrono::sys_seconds(std::chrono::seconds(0));
    what.from.only_if.unmodified_since = std::chrono::sys_seconds(std::chrono::seconds(86'400));
    what.from.expected_owner = "111122223333";
    what.replace_metadata = what.replace_tags = true;
    what.meta = {{"m", "1"}};
    what.content_type = "text/plain";
    what.traits.tags = {{"t", "2"}};
    what.if_none_match = true;
    what.algorithm = checksum::kind::sha256;
    what.terms.expected_owner = "444455556666";
    BOOST_TEST(
        wire_text(build_copy(what, true)) ==
        "PUT /b/k HTTP/1.1\r\nx-amz-copy-source: /from/a\r\nx-amz-copy-source-if-match: \"s\"\r\n"
        "x-amz-copy-source-if-none-match: \"n\"\r\n"
        "x-amz-copy-source-if-modified-since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        "x-amz-copy-source-if-unmodified-since: Fri, 02 Jan 1970 00:00:00 GMT\r\n"
        "x-amz-source-expected-bucket-owner: 111122223333\r\n"
        "x-amz-metadata-directive: REPLACE\r\ncontent-type: text/plain\r\nx-amz-meta-m: 1\r\n"
        "x-amz-tagging-directive: REPLACE\r\nx-amz-tagging: t=2\r\n"
        "x-amz-checksum-algorithm: SHA256\r\nif-none-match: *\r\n"
        "x-amz-expected-bucket-owner: 444455556666\r\n\r\n"
    );
    BOOST_TEST(wire_text(build_copy(what, false)).find("checksum") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(metadata_goes_along_only_where_it_replaces) {
    copy_request what = sample_copy();
    what.meta = {{"m", "1"}};
    what.content_type = "text/plain";
    const std::string head = wire_text(build_copy(what, true));
    BOOST_TEST(head.find("x-amz-meta-m") == std::string::npos);
    BOOST_TEST(head.find("content-type") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(both_keys_of_an_encrypted_copy_are_sent) {
    copy_request what = sample_copy();
    what.from.secret.bytes = std::string(32, 's');
    what.secret.bytes = std::string(32, 'd');
    const auto made = build_copy(what, true);
    BOOST_TEST(made->carries_secret);
    const std::string head = wire_text(made);
    for (const char* const prefix :
         {"x-amz-copy-source-server-side-encryption-customer-",
          "x-amz-server-side-encryption-customer-"})
        for (const char* const name : {"algorithm", "key", "key-md5"})
            BOOST_TEST(head.find(std::string("\r\n") + prefix + name + ": ") != std::string::npos);
    what.from.secret.bytes = "short";
    refused_as_unsafe(build_copy(what, true), "32 bytes");
}

BOOST_AUTO_TEST_CASE(a_part_is_copied_by_range) {
    BOOST_TEST(
        wire_text(build_copy_part(sample_part())) ==
        "PUT /b/k?partNumber=3&uploadId=u HTTP/1.1\r\nx-amz-copy-source: /from/a\r\n\r\n"
    );
    copy_part_request what = sample_part();
    what.range = byte_range{5, 10};
    BOOST_TEST(
        wire_text(build_copy_part(what)).find("x-amz-copy-source-range: bytes=5-14\r\n") !=
        std::string::npos
    );
    what.range = byte_range{5, 0};
    refused_as_unsafe(build_copy_part(what), "at least one byte");
    what = sample_part();
    what.number = 10'001;
    refused_as_unsafe(build_copy_part(what), "10,000");
    what = sample_part();
    what.upload_id = "";
    refused_as_unsafe(build_copy_part(what), "upload id");
}

BOOST_AUTO_TEST_CASE(a_source_that_is_none_is_refused) {
    copy_request what = sample_copy();
    for (const char* const bucket : {"", "a/b"}) {
        what.from.bucket = bucket;
        refused_as_unsafe(build_copy(what, true), "source");
    }
    what = sample_copy();
    what.from.key = "";
    refused_as_unsafe(build_copy(what, true), "source");
}

BOOST_AUTO_TEST_CASE(line_ends_in_a_source_stay_in_its_path) {
    copy_request what = sample_copy();
    what.from.key = "a\r\nx-evil: y";
    what.from.version_id = "v\r\nx-evil: y";
    const std::string head = wire_text(build_copy(what, true));
    BOOST_TEST(head.find("\nx-evil") == std::string::npos);
    what = sample_copy();
    what.from.if_match = "a\r\nx-evil: y";
    refused_as_unsafe(build_copy(what, true), "x-amz-copy-source-if-match");
}

BOOST_AUTO_TEST_CASE(the_answers_are_read) {
    const auto copied = read_copied(
        "<?xml version=\"1.0\"?><CopyObjectResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
        "</CopyObjectResult>",
        "CopyObjectResult"
    );
    BOOST_REQUIRE(copied.has_value());
    BOOST_TEST(copied->etag == "\"e\"");
    BOOST_TEST(copied->last_modified == "2026-01-01T00:00:00.000Z");
    BOOST_TEST(!read_copied("<CopyObjectResult/>", "CopyObjectResult").has_value());
    BOOST_TEST(!read_copied("<CopyPartResult><ETag>e</ETag></CopyPartResult>", "CopyObjectResult")
                    .has_value());
    BOOST_TEST(!read_copied("", "CopyObjectResult").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
