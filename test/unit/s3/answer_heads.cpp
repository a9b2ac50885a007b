// Tests of s3client/src/io/head_parser.cpp: heads of answers, and what is none.
#include "io/head_parser.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(answer_heads)

response_head read(const std::string& text) {
    const auto head = parse_response_head(text);
    BOOST_REQUIRE_MESSAGE(head.has_value(), text << (head ? "" : head.error().where));
    return *head;
}

BOOST_AUTO_TEST_CASE(status_headers_and_framing_are_read) {
    const response_head head = read("HTTP/1.1 206 Partial Content\r\nETag: \"e\"\r\nX-Amz-Meta-A:  "
                                    "b c \r\nContent-Length: 18446744073709551614\r\n\r\n");
    BOOST_TEST(head.status == 206u);
    BOOST_TEST(*head.find("etag") == "\"e\"");
    BOOST_TEST(*head.find("x-amz-meta-a") == "b c");
    BOOST_TEST((head.content_length == 18446744073709551614u));
    BOOST_TEST(!head.chunked);
    BOOST_TEST(head.keep_alive);
}

BOOST_AUTO_TEST_CASE(chunks_are_seen) {
    const response_head head = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    BOOST_TEST(head.chunked);
    BOOST_TEST(!head.content_length.has_value());
}

BOOST_AUTO_TEST_CASE(the_server_says_whether_it_keeps_the_connection) {
    BOOST_TEST(!read("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").keep_alive);
    BOOST_TEST(!read("HTTP/1.0 200 OK\r\n\r\n").keep_alive);
    BOOST_TEST(read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

BOOST_AUTO_TEST_CASE(framing_that_two_readers_understand_differently_is_refused) {
    for (const char* const headers :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n",
          "Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: -5\r\n",
          "Content-Length: 5x\r\n",
          "Content-Length: 0x5\r\n",
          "Content-Length: \r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Content-Length: 5, 6\r\n"}) {
        const auto head =
            parse_response_head("HTTP/1.1 200 OK\r\n" + std::string(headers) + "\r\n");
        BOOST_TEST_CONTEXT(headers) {
            BOOST_REQUIRE(!head.has_value());
            BOOST_TEST((head.error().code == s3_errc::malformed_answer));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_head_is_refused) {
    for (const std::string bad :
         {"SSH-2.0-OpenSSH\r\n\r\n",
          "HTTP/1.1\r\n\r\n",
          "HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 abc OK\r\n\r\n",
          "HTTP/2 200 OK\r\n\r\n",
          "http/1.1 200 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
          "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
          "\r\n\r\n",
          "HTTP/1.1 200 OK\r\n"})
        BOOST_TEST(!parse_response_head(bad).has_value(), bad);
    BOOST_TEST(!parse_response_head(std::string("HTTP/1.1 200 OK\r\na: \0\r\n\r\n", 25)).has_value()
    );
}

BOOST_AUTO_TEST_CASE(the_end_of_a_head_is_its_empty_line) {
    const std::string head = "HTTP/1.1 200 OK\r\na: b\r\n\r\n";
    for (std::size_t size = 0; size < head.size(); ++size)
        BOOST_TEST(find_head_end(std::string_view(head).substr(0, size)) == 0u);
    BOOST_TEST(find_head_end(head) == head.size());
    BOOST_TEST(find_head_end(head + "\r\n\r\n") == head.size());
}

BOOST_AUTO_TEST_SUITE_END()
