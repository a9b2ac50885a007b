// Tests of s3client/src/core/build_bucket_requests.cpp: both versions of listings, byte for byte,
// and how their answers are read.
#include "built_requests.hpp"
#include "core/xml_documents.hpp"

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(bucket_requests)

list_request sample_list() {
    list_request what;
    what.bucket = "b";
    what.prefix = "p/q r";
    what.delimiter = "/";
    what.start_after = "p/a";
    return what;
}

BOOST_AUTO_TEST_CASE(the_first_version_begins_at_one_marker) {
    list_request what = sample_list();
    const list_dialect first{false, true};
    BOOST_TEST(
        wire_text(build_list(what, first)) ==
        "GET /b?delimiter=%2F&encoding-type=url&marker=p%2Fa&max-keys=1000&prefix=p%2Fq%20r "
        "HTTP/1.1\r\n\r\n"
    );
    what.token = "p/m+";
    BOOST_TEST(
        wire_text(build_list(what, first)) ==
        "GET /b?delimiter=%2F&encoding-type=url&marker=p%2Fm%2B&max-keys=1000&prefix=p%2Fq%20r "
        "HTTP/1.1\r\n\r\n"
    );
    BOOST_TEST(build_list(what, first)->operation == "ListObjects");
}

BOOST_AUTO_TEST_CASE(encoding_is_asked_for_where_the_store_can) {
    const list_dialect plain{true, false};
    BOOST_TEST(
        wire_text(build_list(sample_list(), plain)) ==
        "GET /b?delimiter=%2F&list-type=2&max-keys=1000&prefix=p%2Fq%20r&start-after=p%2Fa "
        "HTTP/1.1\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(the_next_page_of_the_first_version) {
    const auto next = [](const std::string& inside) {
        const auto page = read_list("<ListBucketResult>" + inside + "</ListBucketResult>", false);
        BOOST_REQUIRE_MESSAGE(page.has_value(), inside);
        return page->next_token;
    };
    const std::string cut = "<IsTruncated>true</IsTruncated>";
    const std::string a = "<Contents><Key>a</Key><Size>1</Size></Contents>";
    const std::string b = "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>";
    BOOST_TEST(next(a) == "");
    BOOST_TEST(next(cut + a + "<NextMarker>m+</NextMarker>") == "m+");
    BOOST_TEST(
        next(cut + a + "<EncodingType>url</EncodingType><NextMarker>m%2B+x</NextMarker>") == "m+ x"
    );
    // Without a delimiter no marker is told: it is the last name.
    BOOST_TEST(next(cut + a) == "a");
    BOOST_TEST(next(cut + a + b) == "b/");
    BOOST_TEST(
        next(
            cut +
            "<EncodingType>url</EncodingType><Contents><Key>a%2Fb</Key><Size>1</Size></Contents>"
        ) == "a/b"
    );
    BOOST_TEST(!read_list("<ListBucketResult>" + cut + "</ListBucketResult>", false).has_value());
}

BOOST_AUTO_TEST_CASE(a_first_version_answer_to_a_second_version_request_is_not_taken_for_the_end) {
    BOOST_TEST(!read_list("<ListBucketResult><IsTruncated>true</IsTruncated>"
                          "<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>")
                    .has_value());
}

BOOST_AUTO_TEST_CASE(keys_of_every_kind_survive_encoded_listings) {
    const auto key = [](const std::string& text, bool encoded) {
        const std::string type = encoded ? "<EncodingType>url</EncodingType>" : "";
        const auto page = read_list(
            "<ListBucketResult>" + type + "<Contents><Key>" + text +
            "</Key><Size>0</Size></Contents></ListBucketResult>"
        );
        BOOST_REQUIRE_MESSAGE(page.has_value(), text);
        return page->objects.at(0).key;
    };
    BOOST_TEST(key("a+b%2Bc%20d%252B", true) == "a b+c d%2B");
    BOOST_TEST(
        key("%01%0D%0A%EF%BF%BE%F0%9F%98%80", true) == "\x01\r\n\xef\xbf\xbe\xf0\x9f\x98\x80"
    );
    BOOST_TEST(key("%26%3C%2F%2F", true) == "&<//");
    BOOST_TEST(key("a+b%2Bc", false) == "a+b%2Bc");
    BOOST_TEST(key("&amp;&lt;&#13;&#xA; ", false) == "&<\r\n ");
}

BOOST_AUTO_TEST_CASE(a_bucket_is_removed_and_located) {
    BOOST_TEST(wire_text(build_remove_bucket("b")) == "DELETE /b HTTP/1.1\r\n\r\n");
    BOOST_TEST(wire_text(build_get_location("b")) == "GET /b?location= HTTP/1.1\r\n\r\n");
    for (const char* const bad : {"", "a/b", "b\r\nx: y"}) {
        refused_as_unsafe(build_remove_bucket(bad), "DeleteBucket");
        refused_as_unsafe(build_get_location(bad), "GetBucketLocation");
    }
}

BOOST_AUTO_TEST_CASE(a_location_is_always_a_region) {
    const auto region = [](const std::string& text) { return read_location(text).value(); };
    const std::string space = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    BOOST_TEST(region("<LocationConstraint" + space + "/>") == "us-east-1");
    BOOST_TEST(region("<LocationConstraint>EU</LocationConstraint>") == "eu-west-1");
    BOOST_TEST(region("<LocationConstraint>ap-1</LocationConstraint>") == "ap-1");
    BOOST_TEST(!read_location("<Error/>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
