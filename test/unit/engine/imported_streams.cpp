// What of an export a stream holds, by its own progress.
#include <sluice/engine/error.hpp>
#include <sluice/engine/imported_stream.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

stream_document document_of(std::uint32_t partitions) {
    stream_document document;
    document.name = "orders";
    document.incarnation = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
    document.partitions = partitions;
    return document;
}

import_progress progress_of(std::uint32_t source) {
    import_progress progress;
    progress.bucket = "b";
    progress.folder = "p/orders";
    progress.stream = "orders";
    progress.incarnation = document_of(1).incarnation;
    progress.at = position{source, 7, 0};
    return progress;
}

std::string text_of(std::uint32_t source) {
    return encode_import_progress(progress_of(source));
}

} // namespace

BOOST_AUTO_TEST_SUITE(imported_streams)

BOOST_AUTO_TEST_CASE(progress_tells_which_partitions_a_stream_holds) {
    const auto part = find_import("copy", {text_of(2), text_of(5)}, document_of(6));
    BOOST_TEST_REQUIRE(part.has_value());
    BOOST_TEST(part->name == "copy");
    BOOST_TEST(part->partitions.size() == 2u);
    BOOST_TEST(part->partitions.at(5).target == 1u);
    BOOST_TEST(part->partitions.at(5).progress.at.sequence == 7);
}

BOOST_AUTO_TEST_CASE(partitions_of_a_whole_import_that_have_not_begun_count) {
    const auto whole = find_import("copy", {text_of(0), "", text_of(2)}, document_of(3));
    BOOST_TEST_REQUIRE(whole.has_value());
    BOOST_TEST(whole->partitions.size() == 3u);
    BOOST_TEST(whole->partitions.at(1).progress.at.sequence == 0);
    const auto swapped = find_import("copy", {text_of(1), ""}, document_of(2));
    BOOST_TEST(swapped->partitions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(another_source_is_no_import_of_this_export) {
    BOOST_TEST(!find_import("copy", {"", ""}, document_of(2)));
    BOOST_TEST(!find_import("copy", {"not json"}, document_of(1)));
    stream_document other = document_of(1);
    other.incarnation = "00000000000000000000000000000000";
    BOOST_TEST(!find_import("copy", {text_of(0)}, other));
    other = document_of(1);
    other.name = "bills";
    BOOST_TEST(!find_import("copy", {text_of(0)}, other));
}

BOOST_AUTO_TEST_CASE(a_window_is_part_of_the_progress) {
    import_progress progress = progress_of(1);
    BOOST_TEST(text_of(1).find("start") == std::string::npos);
    BOOST_TEST(text_of(1).find("end") == std::string::npos);
    progress.start = import_start{position{1, 3, 0}, "time:2026-11-23T10:00:00.000000Z"};
    progress.end = position{1, 9, 0};
    const std::string text = encode_import_progress(progress);
    BOOST_TEST(
        text.find(",\"start\":{\"position\":\"1/3\",\"word\":\"time:2026-11-23T10:00:00.000000Z\"},"
                  "\"end\":\"1/9\"}") != std::string::npos,
        text
    );
    const auto read = decode_import_progress(text);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->start == progress.start));
    BOOST_TEST((read->end == progress.end));
    const auto goes_on = continue_import_progress(progress_of(1), text, "copy");
    BOOST_TEST((goes_on.value().start == progress.start));
}

BOOST_AUTO_TEST_CASE(an_import_goes_on_from_its_own_source_only) {
    const auto fresh = continue_import_progress(progress_of(0), "", "copy");
    BOOST_TEST((fresh.value().at == progress_of(0).at));
    import_progress elsewhere = progress_of(0);
    elsewhere.folder = "q/orders";
    const auto other = continue_import_progress(elsewhere, text_of(0), "copy");
    BOOST_TEST_REQUIRE(!other);
    BOOST_TEST((other.error().code == engine_errc::other_incarnation));
    BOOST_TEST(other.error().where.find("s3://b/p/orders") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_left_out_is_kept_once_and_in_order) {
    import_progress progress = progress_of(1);
    const auto at = [](std::int64_t sequence, std::int64_t offset = 0) {
        return position{1, sequence, offset};
    };
    BOOST_TEST(left_out_of(encode_import_progress(progress)).empty());
    note_left_out(progress.left_out, at(3), at(5));
    note_left_out(progress.left_out, at(5), at(6, 7));
    note_left_out(progress.left_out, at(9), at(10));
    const auto read = decode_import_progress(encode_import_progress(progress));
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->left_out == progress.left_out));
    const std::vector<std::string> told = left_out_of(encode_import_progress(progress));
    const std::vector<std::string> expected = {"events 1/3 up to 1/6.7", "events 1/9 up to 1/10"};
    BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_many_ranges_a_hundred_are_kept_and_the_others_counted) {
    import_progress progress = progress_of(0);
    for (std::int64_t n = 0; n < 103; ++n)
        note_left_out(progress.left_out, position{0, 2 * n, 0}, position{0, 2 * n + 1, 0});
    const std::vector<std::string> told = left_out_of(encode_import_progress(progress));
    BOOST_TEST_REQUIRE(told.size() == 101U);
    BOOST_TEST(told.back() == "3 more");
    BOOST_TEST(left_out_of("").empty());
    BOOST_TEST(left_out_of("of somebody else").empty());
}

BOOST_AUTO_TEST_SUITE_END()
