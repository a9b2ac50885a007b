// test: stored records as output of `stream cat`.
#include "core/event_printer.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::command;

namespace {

/// An event of `pieces`, as the log stores a large one.
std::vector<record> fragments(const std::vector<std::string_view>& pieces) {
    std::vector<record> records;
    std::int64_t offset = 0;
    std::uint64_t crc = 0;
    for (const std::string_view piece : pieces) {
        record each;
        each.sequence = 5;
        if (offset == 0) {
            each.timestamp = 1;
            each.key = as_bytes("k");
            each.headers.push_back({"h", std::nullopt});
        }
        each.value = as_bytes(piece);
        each.part.emplace();
        each.part->offset = offset;
        offset += static_cast<std::int64_t>(piece.size());
        crc = crc64nvme(as_bytes(piece), crc);
        records.push_back(each);
    }
    records.back().part->last.emplace();
    records.back().part->last->length = offset;
    records.back().part->last->crc64nvme = crc;
    return records;
}

struct printed {
    std::string text;
    unsigned events = 0;
};

printed print_all(event_printer printer, const std::vector<record>& records) {
    printed out;
    for (const record& each : records)
        if (printer.print(each, out.text).value()) ++out.events;
    return out;
}

std::string json_of(const record& what) {
    std::string text;
    append_json_event(text, what);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cat_output)

BOOST_AUTO_TEST_CASE(fragments_are_joined_within_the_limit) {
    const std::vector<std::string_view> pieces = {"abc", "def", "g"};
    record whole = fragments(pieces).front();
    whole.part.reset();
    whole.value = as_bytes("abcdefg");
    const printed out = print_all(event_printer(print_format::ndjson, 7), fragments(pieces));
    BOOST_TEST(out.text == json_of(whole));
    BOOST_TEST(out.events == 1u);
}

BOOST_AUTO_TEST_CASE(an_event_above_the_limit_appears_as_fragments_that_lose_nothing) {
    const std::vector<std::string_view> pieces = {"abc", "def", "g"};
    const std::vector<record> records = fragments(pieces);
    const printed out = print_all(event_printer(print_format::ndjson, 5), records);
    std::string expected;
    for (const record& each : records)
        expected += json_of(each);
    BOOST_TEST(out.text == expected);
    BOOST_TEST(out.events == 1u);
}

BOOST_AUTO_TEST_CASE(the_next_event_is_joined_again_after_one_that_was_not) {
    std::vector<record> records = fragments({"abcd", "efgh"});
    const std::vector<record> small = fragments({"x", "y"});
    records.insert(records.end(), small.begin(), small.end());
    const printed out = print_all(event_printer(print_format::ndjson, 5), records);
    BOOST_TEST(out.text.find("\"value\":\"xy\"") != std::string::npos);
    BOOST_TEST(out.events == 2u);
}

BOOST_AUTO_TEST_CASE(an_event_whose_middle_is_missing_is_not_joined) {
    std::vector<record> records = fragments({"abc", "def", "ghi"});
    records.erase(records.begin() + 1);
    const printed out = print_all(event_printer(print_format::ndjson, 100), records);
    BOOST_TEST(out.text == json_of(records[0]) + json_of(records[1]));
}

BOOST_AUTO_TEST_CASE(an_event_whose_rest_is_missing_is_not_joined_with_another) {
    std::vector<record> records = fragments({"abc", "def"});
    records.pop_back(); // the gap
    std::vector<record> rest = fragments({"ghi", "jkl"});
    rest.erase(rest.begin());
    rest.front().sequence = 9;
    records.push_back(rest.front());
    const printed out = print_all(event_printer(print_format::ndjson, 100), records);
    BOOST_TEST(out.text == json_of(records[0]) + json_of(records[1]));
}

BOOST_AUTO_TEST_CASE(fragments_that_make_another_event_are_not_printed_as_one) {
    for (const auto format : {print_format::ndjson, print_format::lines}) {
        std::vector<record> records = fragments({"abc", "def"});
        records.front().value = as_bytes("abd");
        event_printer printer(format, 100);
        std::string text;
        BOOST_TEST(!printer.print(records[0], text).value());
        const auto wrong = printer.print(records[1], text);
        BOOST_TEST_REQUIRE((wrong.error().code == stream_errc::damaged));
        BOOST_TEST(wrong.error().where.find("event 5: its 6 bytes") == 0u);
        BOOST_TEST(text == (format == print_format::ndjson ? "" : "abd"));
    }
}

BOOST_AUTO_TEST_CASE(values_alone_stand_on_lines_or_one_behind_the_other) {
    std::vector<record> records = fragments({"ab", "c"});
    record null;
    records.push_back(null);
    record plain;
    plain.value = as_bytes("d");
    records.push_back(plain);
    const printed lines = print_all(event_printer(print_format::lines, 0), records);
    BOOST_TEST(lines.text == "abc\n\nd\n");
    BOOST_TEST(lines.events == 3u);
    BOOST_TEST(print_all(event_printer(print_format::raw, 0), records).text == "abcd");
}

BOOST_AUTO_TEST_CASE(unknown_formats_are_refused) {
    BOOST_TEST(parse_print_format("raw").has_value());
    BOOST_TEST(!parse_print_format("avro").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
