// Tests of s3client/src/core/range_progress.cpp: one GET over several attempts.
#include "core/range_progress.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <deque>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(range_continuation)

/// Kept, as requests outlive the progress of their answers.
const get_request& kept(get_request asked) {
    static std::deque<get_request> all;
    return all.emplace_back(std::move(asked));
}

const get_request& whole_object() {
    get_request asked;
    asked.bucket = "b";
    asked.key = "k";
    return kept(std::move(asked));
}

const get_request& range_of(std::uint64_t first, std::uint64_t size) {
    get_request asked = whole_object();
    asked.range = byte_range{first, size};
    return kept(std::move(asked));
}

response_head head_of(
    unsigned status, std::uint64_t length, const std::string& range = "", header_list more = {}
) {
    response_head head;
    head.status = status;
    head.content_length = length;
    head.headers = {{"etag", "\"e\""}};
    if (!range.empty()) head.headers.push_back({"content-range", range});
    head.headers.append(more);
    return head;
}

/// As if the object had been replaced.
void of_another(response_head& head) {
    header_list headers = {{"etag", "\"f\""}};
    if (const auto range = head.find("content-range")) headers.push_back({"content-range", *range});
    head.headers = std::move(headers);
}

s3_errc refusal(range_progress& progress, const response_head& head) {
    const auto size = progress.begin(head);
    BOOST_REQUIRE(!size.has_value());
    return static_cast<s3_errc>(size.error().code.value());
}

BOOST_AUTO_TEST_CASE(a_whole_object_is_taken_whole) {
    range_progress progress(whole_object());
    BOOST_TEST(*progress.begin(head_of(200, 100)) == 100u);
    BOOST_TEST(progress.object().size == 100u);
    BOOST_TEST(progress.object().etag == "\"e\"");
    BOOST_TEST(*range_progress(whole_object()).begin(head_of(200, 0)) == 0u);
}

BOOST_AUTO_TEST_CASE(a_range_is_the_one_asked_for) {
    range_progress progress(range_of(10, 20));
    BOOST_TEST(*progress.begin(head_of(206, 20, "bytes 10-29/100")) == 20u);
    BOOST_TEST(progress.object().size == 100u);
}

BOOST_AUTO_TEST_CASE(another_range_is_refused) {
    for (const char* const other : {"bytes 11-30/100", "bytes 0-19/100"}) {
        range_progress progress(range_of(10, 20));
        BOOST_TEST(
            (refusal(progress, head_of(206, 20, other)) == s3_errc::unexpected_range), other
        );
    }
    range_progress shorter(range_of(10, 20));
    BOOST_TEST((refusal(shorter, head_of(206, 10, "bytes 10-19/20")) == s3_errc::unexpected_range));
    range_progress unasked(whole_object());
    BOOST_TEST((refusal(unasked, head_of(206, 20, "bytes 0-19/100")) == s3_errc::unexpected_range));
    range_progress bare(range_of(10, 20));
    BOOST_TEST((refusal(bare, head_of(206, 20)) == s3_errc::unexpected_range));
}

BOOST_AUTO_TEST_CASE(a_200_answers_a_range_only_when_the_range_is_all) {
    range_progress part(range_of(0, 20));
    BOOST_TEST((refusal(part, head_of(200, 100)) == s3_errc::unexpected_range));
    range_progress later(range_of(80, 20));
    BOOST_TEST((refusal(later, head_of(200, 100)) == s3_errc::unexpected_range));
    range_progress all(range_of(0, 100));
    BOOST_TEST(*all.begin(head_of(200, 100)) == 100u);
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_certain_length_is_refused) {
    auto head = head_of(200, 100);
    head.content_length.reset();
    range_progress none(whole_object());
    BOOST_TEST((refusal(none, head) == s3_errc::malformed_answer));
    head = head_of(200, 100);
    head.chunked = true;
    BOOST_TEST((refusal(none, head) == s3_errc::malformed_answer));
    range_progress other(range_of(10, 20));
    BOOST_TEST((refusal(other, head_of(206, 19, "bytes 10-29/100")) == s3_errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(bytes_in_another_coding_are_refused) {
    for (const char* const coding : {"gzip", "br", "aws-chunked,gzip"}) {
        range_progress progress(whole_object());
        BOOST_TEST(
            (refusal(progress, head_of(200, 100, "", {{"content-encoding", coding}})) ==
             s3_errc::malformed_answer)
        );
    }
    for (const char* const coding : {"", "identity", "aws-chunked"}) {
        range_progress progress(whole_object());
        BOOST_TEST(
            progress.begin(head_of(200, 100, "", {{"content-encoding", coding}})).has_value(),
            coding
        );
    }
}

BOOST_AUTO_TEST_CASE(the_rest_is_asked_for_under_if_match) {
    range_progress progress(range_of(10, 20));
    BOOST_TEST((!progress.continues() && !progress.is_conditional()));
    BOOST_REQUIRE(progress.begin(head_of(206, 20, "bytes 10-29/100")));
    progress.took(5);
    progress.took(2);
    progress.interrupted();
    BOOST_TEST((progress.continues() && progress.is_conditional()));
    const get_request next = progress.next_request();
    BOOST_REQUIRE(next.range.has_value());
    BOOST_TEST(next.range->first == 17u);
    BOOST_TEST(next.range->size == 13u);
    BOOST_TEST(next.if_match == "\"e\"");
    BOOST_TEST(*progress.begin(head_of(206, 13, "bytes 17-29/100")) == 13u);
    progress.took(13);
    BOOST_TEST(progress.arrived() == 20u);
}

BOOST_AUTO_TEST_CASE(a_whole_object_continues_as_a_range) {
    range_progress progress(whole_object());
    BOOST_REQUIRE(progress.begin(head_of(200, 100)));
    progress.took(99);
    const get_request next = progress.next_request();
    BOOST_TEST(next.range->first == 99u);
    BOOST_TEST(next.range->size == 1u);
    range_progress again = progress;
    BOOST_TEST((refusal(again, head_of(200, 100)) == s3_errc::unexpected_range));
    BOOST_TEST(*progress.begin(head_of(206, 1, "bytes 99-99/100")) == 1u);
}

BOOST_AUTO_TEST_CASE(the_condition_of_the_caller_stays) {
    get_request asked = whole_object();
    asked.if_match = "\"mine\"";
    const range_progress progress(asked);
    BOOST_TEST(progress.next_request().if_match == "\"mine\"");
    BOOST_TEST(progress.is_conditional());
}

BOOST_AUTO_TEST_CASE(another_object_between_two_attempts_is_noticed) {
    range_progress progress(whole_object());
    BOOST_REQUIRE(progress.begin(head_of(200, 100)));
    progress.took(10);
    auto other = head_of(206, 90, "bytes 10-99/100");
    of_another(other);
    BOOST_TEST((refusal(progress, other) == s3_errc::changed));
    BOOST_TEST((refusal(progress, head_of(206, 90, "bytes 10-99/101")) == s3_errc::changed));
}

BOOST_AUTO_TEST_CASE(an_attempt_without_a_byte_leaves_nothing_behind) {
    range_progress progress(whole_object());
    BOOST_REQUIRE(progress.begin(head_of(200, 100)));
    progress.interrupted();
    BOOST_TEST(!progress.continues());
    BOOST_TEST(!progress.next_request().range.has_value());
    auto other = head_of(200, 50);
    of_another(other);
    BOOST_TEST(*progress.begin(other) == 50u);
    BOOST_TEST(progress.object().etag == "\"f\"");
}

BOOST_AUTO_TEST_CASE(without_an_etag_all_is_asked_for_again) {
    range_progress progress(whole_object());
    auto bare = head_of(200, 100);
    bare.headers.clear();
    BOOST_REQUIRE(progress.begin(bare));
    progress.took(10);
    progress.interrupted();
    BOOST_TEST(!progress.continues());
    BOOST_TEST(!progress.next_request().range.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
