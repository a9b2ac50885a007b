// test: encodings, times and documents of the simulator.
#include "core/answer_head.hpp"
#include "core/counters.hpp"
#include "core/time_text.hpp"
#include "core/uri_text.hpp"
#include "core/xml_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

BOOST_AUTO_TEST_SUITE(sim_text)

BOOST_AUTO_TEST_CASE(every_byte_survives_encoding) {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    BOOST_TEST(*uri_decode(uri_encode(all, false), false) == all);
    BOOST_TEST(*uri_decode(uri_encode(all, true), true) == all);
    BOOST_TEST(*uri_decode(listing_encode(all), true) == all);
    BOOST_TEST(uri_encode("A z/~-._*", false) == "A%20z%2F~-._%2A");
    BOOST_TEST(uri_encode("a/b", true) == "a/b");
    BOOST_TEST(*uri_decode("a+b", false) == "a+b");
    BOOST_TEST(!uri_decode("%", false));
    BOOST_TEST(!uri_decode("%g0", false));
}

BOOST_AUTO_TEST_CASE(times_are_written_three_ways) {
    const auto when = *parse_basic_date("20130524T235908Z");
    BOOST_TEST(http_date(when) == "Fri, 24 May 2013 23:59:08 GMT");
    BOOST_TEST(xml_date(when) == "2013-05-24T23:59:08.000Z");
    BOOST_TEST(basic_date(when) == "20130524T235908Z");
    for (const std::string wrong :
         {"",
          "20130524",
          "2013-05-24T00:00Z",
          "20130532T000000Z",
          "20130524T240000Z",
          "20130524 000000Z"}) {
        BOOST_TEST(!parse_basic_date(wrong), wrong);
    }
}

BOOST_AUTO_TEST_CASE(an_error_document_holds_what_is_known) {
    auto why = refuse(404, "NoSuchKey", "gone & away");
    why.details.emplace_back("Key", "<k>");
    const auto text = error_document(why, "/b/k", "R1");
    BOOST_TEST(
        text ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>gone "
        "&amp; away"
        "</Message><Key>&lt;k&gt;</Key><Resource>/b/k</Resource><RequestId>R1</RequestId></Error>"
    );
}

BOOST_AUTO_TEST_CASE(an_answer_head_is_plain_http) {
    answer_head head;
    head.status = 206;
    head.headers = {{"ETag", "\"e\""}};
    head.length = 3;
    head.request_id = "R1";
    head.keep_alive = false;
    BOOST_TEST(
        answer_text(head, *parse_basic_date("20130524T000000Z")) ==
        "HTTP/1.1 206 Partial Content\r\nServer: sluice-s3sim\r\nDate: Fri, 24 May 2013 00:00:00 "
        "GMT\r\n"
        "x-amz-request-id: R1\r\nETag: \"e\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(counters_add_up) {
    counters from;
    from.operations["GetObject"] = {2, {{200, 1}, {404, 1}}, 0, 10};
    from.operations["PutObject"] = {1, {{200, 1}}, 5, 0};
    const auto text = counters_document(from);
    BOOST_TEST(text.find("\"requests\":{\"GetObject\":2,\"PutObject\":1}") != text.npos);
    BOOST_TEST(text.find("\"statuses\":{\"200\":2,\"404\":1}") != text.npos);
    BOOST_TEST(text.find("\"bytes_in\":5,\"bytes_out\":10") != text.npos);
}

BOOST_AUTO_TEST_SUITE_END()
