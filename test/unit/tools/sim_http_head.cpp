// test: the simulator reads request heads strictly.
#include "core/http_head.hpp"
#include "core/stored_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

BOOST_AUTO_TEST_SUITE(sim_http_head)

BOOST_AUTO_TEST_CASE(a_head_is_kept_as_it_was_sent) {
    const auto head =
        parse_head("PUT /b/a%20b?x=+ HTTP/1.1\r\nHost: h:1\r\nX-Amz-Meta-A:  b c \r\n\r\n");
    BOOST_REQUIRE(head);
    BOOST_TEST(head->method == "PUT");
    BOOST_TEST(head->target == "/b/a%20b?x=+");
    BOOST_TEST(head->get("x-amz-meta-a") == "b c");
    BOOST_TEST(head->keep_alive);
    BOOST_TEST(!head->find("x-amz-meta-b"));
}

BOOST_AUTO_TEST_CASE(connections_end_as_http_says) {
    BOOST_TEST(!parse_head("GET / HTTP/1.0\r\nHost: h\r\n\r\n")->keep_alive);
    BOOST_TEST(parse_head("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n")->keep_alive
    );
    BOOST_TEST(!parse_head("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n")->keep_alive);
}

BOOST_AUTO_TEST_CASE(what_could_be_read_in_two_ways_is_refused) {
    for (const std::string text : {
             "GET / HTTP/1.1\nHost: h\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: h\r\nA: b\x01\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
             "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
             "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
             "GET /#f HTTP/1.1\r\nHost: h\r\n\r\n",
             "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
             "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
             "GET /\r\nHost: h\r\n\r\n",
         }) {
        const auto head = parse_head(text);
        BOOST_TEST(!head, text);
    }
}

BOOST_AUTO_TEST_CASE(a_body_has_a_decimal_length_or_none) {
    const auto length_of = [](const std::string& line) {
        return body_length(*parse_head("PUT / HTTP/1.1\r\nHost: h\r\n" + line + "\r\n"));
    };
    BOOST_TEST((length_of("") && !*length_of("")));
    BOOST_TEST(length_of("Content-Length: 12\r\n")->value() == 12u);
    for (const std::string wrong : {"-1", "+1", "0x1", "1 2", "", "99999999999999999999"}) {
        BOOST_TEST(!length_of("Content-Length: " + wrong + "\r\n"), wrong);
    }
    BOOST_TEST(length_of("Transfer-Encoding: chunked\r\n").error().status == 501u);
}

BOOST_AUTO_TEST_CASE(metadata_is_kept_and_unknown_amz_headers_are_refused) {
    request_head head;
    head.headers = {
        {"x-amz-meta-a", "1"},
        {"host", "h"},
        {"content-type", "t/x"},
        {"x-amz-meta-a", "2"},
        {"x-amz-date", "d"}};
    const auto kept = stored_headers(head);
    BOOST_REQUIRE(kept.size() == 2u);
    BOOST_TEST(kept[0].value == "1,2");
    BOOST_TEST(kept[1].name == "content-type");
    BOOST_TEST(!check_headers(head));
    head.headers.push_back({"x-amz-metta-b", "3"});
    BOOST_TEST(check_headers(head)->code == "NotImplemented");
    head.headers.back() = {"x-amz-meta-big", std::string(2048, 'x')};
    BOOST_TEST(check_headers(head)->code == "MetadataTooLarge");
}

BOOST_AUTO_TEST_SUITE_END()
