// Tests of s3client/src/core/response_reader.cpp: from an answer to what it means.
#include "core/response_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(response_reading)

answer answer_of(unsigned status, std::string text = "", header_list headers = {}) {
    answer made;
    made.head.status = status;
    made.head.headers = std::move(headers);
    made.text = std::move(text);
    return made;
}

std::string error_body(const std::string& inner) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>" + inner + "</Error>";
}

BOOST_AUTO_TEST_CASE(the_code_the_message_and_the_request_id_survive) {
    const auto why = read_failure(
        answer_of(
            403,
            error_body("<Code>AccessDenied</Code><Message>No.</Message><RequestId>R1</RequestId>")
        ),
        subject::object
    );
    BOOST_TEST((why.code == s3_errc::access_denied));
    BOOST_TEST(why.peer_text == "AccessDenied: No.");
    BOOST_TEST(why.request_id == "R1");
    const auto other = read_failure(
        answer_of(500, error_body("<RequestId>R1</RequestId>"), {{"x-amz-request-id", "R2"}}),
        subject::object
    );
    BOOST_TEST(other.request_id == "R2");
}

BOOST_AUTO_TEST_CASE(without_a_body_the_status_speaks) {
    const auto busy = read_failure(answer_of(503), subject::object);
    BOOST_TEST((busy.code == s3_errc::slow_down));
    BOOST_TEST(busy.peer_text == "HTTP status 503");
    BOOST_TEST((read_failure(answer_of(500), subject::object).code == s3_errc::internal_error));
    BOOST_TEST((read_failure(answer_of(404), subject::upload).code == s3_errc::no_such_upload));
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_error_document_is_quoted_and_cut) {
    const auto page = read_failure(answer_of(502, "<html>Bad gateway</html>"), subject::object);
    BOOST_TEST((page.code == s3_errc::internal_error));
    BOOST_TEST(page.peer_text == "<html>Bad gateway</html>");
    BOOST_TEST(
        read_failure(answer_of(502, std::string(5000, 'x')), subject::object).peer_text.size() ==
        1024u
    );
    BOOST_TEST(
        (read_failure(
             answer_of(400, "<!DOCTYPE x><Error><Code>NoSuchKey</Code></Error>"), subject::object
         )
             .code == s3_errc::other_client_error)
    );
}

BOOST_AUTO_TEST_CASE(an_error_below_a_200_is_that_error) {
    const auto hidden = [](const std::string& text) {
        return read_hidden_failure(answer_of(200, text), subject::upload);
    };
    BOOST_TEST((hidden(error_body("<Code>InternalError</Code>"))->code == s3_errc::internal_error));
    BOOST_TEST((hidden(error_body("<Code>NoSuchUpload</Code>"))->code == s3_errc::no_such_upload));
    BOOST_TEST((hidden(error_body("<Code>SomethingNew</Code>"))->code == s3_errc::internal_error));
    BOOST_TEST((hidden(error_body(""))->code == s3_errc::internal_error));
    BOOST_TEST(
        !hidden("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
    );
    BOOST_TEST(!hidden(""));
}

BOOST_AUTO_TEST_CASE(the_region_is_read_from_header_or_body) {
    const std::string body = error_body("<Code>PermanentRedirect</Code><Region>eu-west-2</Region>");
    BOOST_TEST(read_region(answer_of(301, body)) == "eu-west-2");
    BOOST_TEST(
        read_region(answer_of(301, body, {{"x-amz-bucket-region", "eu-west-1"}})) == "eu-west-1"
    );
    BOOST_TEST(read_region(answer_of(301)) == "");
    BOOST_TEST(read_region(answer_of(301, error_body("<Region>a&#10;b</Region>"))) == "");
    const auto why = read_failure(answer_of(301, body), subject::bucket);
    BOOST_TEST((why.code == s3_errc::wrong_region));
    BOOST_TEST(why.peer_text.ends_with("region: eu-west-2"));
}

BOOST_AUTO_TEST_CASE(a_400_that_names_a_region_is_about_the_region) {
    const header_list elsewhere = {{"x-amz-bucket-region", "eu-west-1"}};
    BOOST_TEST(
        (read_failure(answer_of(400, "", elsewhere), subject::bucket).code == s3_errc::wrong_region)
    );
    BOOST_TEST((read_failure(answer_of(400), subject::bucket).code == s3_errc::other_client_error));
    const std::string malformed = error_body("<Code>AuthorizationHeaderMalformed</Code>");
    BOOST_TEST(
        (read_failure(answer_of(400, malformed, elsewhere), subject::bucket).code ==
         s3_errc::wrong_region)
    );
    BOOST_TEST(
        (read_failure(answer_of(400, malformed), subject::bucket).code ==
         s3_errc::invalid_credentials)
    );
}

BOOST_AUTO_TEST_CASE(only_2xx_is_success) {
    for (const unsigned status : {200u, 204u, 206u, 299u})
        BOOST_TEST(is_success(answer_of(status).head));
    for (const unsigned status : {100u, 199u, 300u, 304u, 404u, 500u})
        BOOST_TEST(!is_success(answer_of(status).head));
}

BOOST_AUTO_TEST_CASE(hints_are_whole_milliseconds_of_at_most_an_hour) {
    const auto hint = [](const std::string& text) {
        return read_retry_hint(answer_of(503, "", {{"x-amz-retry-after", text}}).head);
    };
    BOOST_TEST((hint("0") == 0ms));
    BOOST_TEST((hint("1500") == 1500ms));
    BOOST_TEST((hint("3600000") == 3'600'000ms));
    for (const char* const bad : {"", "-1", "1s", "1.5", "3600001", "99999999999999999999"})
        BOOST_TEST(!hint(bad), bad);
    BOOST_TEST(!read_retry_hint(answer_of(503).head));
}

BOOST_AUTO_TEST_CASE(the_servers_clock_is_its_date_header) {
    BOOST_TEST(read_server_time(answer_of(403, "", {{"date", "Fri, 24 May 2013 00:00:00 GMT"}}).head
    )
                   .has_value());
    BOOST_TEST(!read_server_time(answer_of(403, "", {{"date", "yesterday"}}).head));
    BOOST_TEST(!read_server_time(answer_of(403).head));
}

BOOST_AUTO_TEST_CASE(etags_are_verbatim_and_may_not_miss) {
    BOOST_TEST(*read_etag(answer_of(200, "", {{"etag", "\"a&b\""}}).head) == "\"a&b\"");
    BOOST_TEST(*read_etag(answer_of(200, "", {{"etag", "W/\"x\""}}).head) == "W/\"x\"");
    BOOST_TEST((read_etag(answer_of(200).head).error().code == s3_errc::malformed_answer));
    BOOST_TEST((
        read_etag(answer_of(200, "", {{"etag", ""}}).head).error().code == s3_errc::malformed_answer
    ));
}

BOOST_AUTO_TEST_CASE(a_head_tells_all_of_the_object) {
    auto told = answer_of(
        200,
        "",
        {{"etag", "\"e\""},
         {"content-type", "text/plain"},
         {"last-modified", "Fri, 24 May 2013 00:00:00 GMT"},
         {"x-amz-meta-token", "t"},
         {"x-amz-meta-", "empty"},
         {"x-amz-metadata", "no"},
         {"x-amz-checksum-crc32c", "4waSgw=="}}
    );
    BOOST_TEST((read_object_head(told.head).error().code == s3_errc::malformed_answer));
    told.head.content_length = 9;
    const auto object = read_object_head(told.head);
    BOOST_REQUIRE(object.has_value());
    BOOST_TEST(object->size == 9u);
    BOOST_TEST(object->etag == "\"e\"");
    BOOST_TEST(object->content_type == "text/plain");
    BOOST_TEST(object->last_modified == "Fri, 24 May 2013 00:00:00 GMT");
    BOOST_TEST(object->meta.at("token") == "t");
    BOOST_TEST(object->meta.size() == 2u);
    BOOST_TEST(object->sum.value == 0xe3069283u);
}

BOOST_AUTO_TEST_CASE(of_a_range_the_size_is_the_whole_objects_and_the_checksum_is_nobodys) {
    auto told = answer_of(
        206, "", {{"content-range", "bytes 10-19/100"}, {"x-amz-checksum-crc32c", "4waSgw=="}}
    );
    told.head.content_length = 10;
    const auto object = read_object_head(told.head);
    BOOST_REQUIRE(object.has_value());
    BOOST_TEST(object->size == 100u);
    BOOST_TEST((object->sum.algorithm == checksum::kind::none));
}

BOOST_AUTO_TEST_CASE(content_ranges_are_read_strictly) {
    const auto range = read_content_range("bytes 0-9/100");
    BOOST_REQUIRE(range.has_value());
    BOOST_TEST(range->first == 0u);
    BOOST_TEST(range->size == 10u);
    BOOST_TEST(range->total == 100u);
    BOOST_TEST(read_content_range("bytes 0-18446744073709551613/18446744073709551615").has_value());
    for (const char* const bad :
         {"",
          "bytes",
          "bytes ",
          "bytes 0-9",
          "bytes 0-9/*",
          "bytes */100",
          "bytes 9-0/100",
          "bytes 0-100/100",
          "bytes -9/100",
          "bytes 0-/100",
          "bytes a-b/c",
          "bytes 0-9/1 ",
          "items 0-9/100",
          "bytes  0-9/100",
          "bytes 0/9-100",
          "bytes 0-99999999999999999999/100",
          "bytes=0-9/100"})
        BOOST_TEST(!read_content_range(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
