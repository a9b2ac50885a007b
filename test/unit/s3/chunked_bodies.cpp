// Tests of s3client/src/core/chunked_reader.cpp: whole, split anywhere, broken.
#include "core/chunked_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(chunked_bodies)

struct outcome {
    std::string data, rest;
    bool done = false, malformed = false;
};

/// Feeds `text` in pieces of `most` bytes, the first one of `first`.
outcome feed(std::string_view text, std::size_t first, std::size_t most) {
    chunked_reader reader;
    outcome got;
    std::size_t given = std::min(first, text.size());
    while (!text.empty()) {
        std::string_view piece = text.substr(0, given);
        while (!piece.empty() && !got.done) {
            const chunked_reader::step step = reader.next(piece);
            if (step.malformed) {
                got.malformed = true;
                return got;
            }
            BOOST_REQUIRE((step.used > 0 || step.done));
            got.data += step.data;
            piece.remove_prefix(step.used);
            text.remove_prefix(step.used);
            got.done = step.done;
        }
        if (got.done) break;
        given = std::min(most, text.size());
    }
    got.rest = text;
    return got;
}

outcome feed(std::string_view text) {
    return feed(text, text.size(), text.size());
}

const std::string sample =
    "5\r\nhello\r\n1;name=\"v\"\r\n \r\n00A \r\n0123456789\r\n0;x\r\nTrailer: 1\r\n\r\n";

BOOST_AUTO_TEST_CASE(every_split_gives_the_same_body) {
    for (std::size_t first = 1; first <= sample.size(); ++first)
        for (const std::size_t then :
             {std::size_t{1}, std::size_t{2}, std::size_t{7}, sample.size()}) {
            const outcome got = feed(sample + "HTTP/1.1", first, then);
            BOOST_TEST_CONTEXT(first << " then " << then) {
                BOOST_TEST(got.done);
                BOOST_TEST(got.data == "hello 0123456789");
                BOOST_TEST(got.rest == "HTTP/1.1");
            }
        }
}

BOOST_AUTO_TEST_CASE(no_beginning_of_it_is_a_whole_body) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
        const outcome got = feed(std::string_view(sample).substr(0, size));
        BOOST_TEST((!got.done && !got.malformed), size);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_one_chunk) {
    const outcome got = feed("0\r\n\r\n");
    BOOST_TEST(got.done);
    BOOST_TEST(got.data == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_framed_by_chunks_is_malformed) {
    for (const char* const each :
         {"\r\n",
          "g\r\n",
          "-1\r\nx\r\n",
          "0x1\r\na\r\n",
          " 1\r\na\r\n",
          "1\na\r\n",
          "1\r\nab\r\n",
          "1\r\na\n",
          "1\r\na\rb",
          "1;ext\na\r\n",
          "1\rxa\r\n",
          "<html>"})
        BOOST_TEST(feed(each).malformed, each);
}

BOOST_AUTO_TEST_CASE(a_size_that_no_number_holds_is_malformed) {
    BOOST_TEST(feed("ffffffffffffffff\r\n").malformed);
    BOOST_TEST(feed("00000000000000001\r\na\r\n").malformed);
    BOOST_TEST(!feed("fffffffffffffff\r\nabc").malformed);
}

BOOST_AUTO_TEST_CASE(framing_without_data_does_not_go_on_for_ever) {
    BOOST_TEST(feed("1;" + std::string(20'000, 'x')).malformed);
    BOOST_TEST(feed("0\r\n" + std::string(20'000, 'x')).malformed);
    std::string lines = "0\r\n";
    for (int each = 0; each < 10'000; ++each)
        lines += "a:\r\n";
    BOOST_TEST(feed(lines).malformed);
    std::string many;
    for (int each = 0; each < 10'000; ++each)
        many += "1\r\na\r\n";
    BOOST_TEST(feed(many + "0\r\n\r\n").data == std::string(10'000, 'a'));
}

BOOST_AUTO_TEST_SUITE_END()
