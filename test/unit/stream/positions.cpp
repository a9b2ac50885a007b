// Tests of stream/src/core/position.cpp and of what lies behind a record.
#include <sluice/base/error.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/position.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(positions)

BOOST_AUTO_TEST_CASE(the_offset_is_printed_only_when_there_is_one) {
    BOOST_TEST(to_string(position{0, 0, 0}) == "0/0");
    BOOST_TEST(to_string(position{3, 17, 0}) == "3/17");
    BOOST_TEST(to_string(position{3, 17, 1048576}) == "3/17.1048576");
}

BOOST_AUTO_TEST_CASE(a_position_survives_being_text) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    for (const position each :
         {position{}, position{4294967295u, largest, largest}, position{1, 2, 3}}) {
        const auto read = parse_position(to_string(each));
        BOOST_REQUIRE(read.has_value());
        BOOST_TEST((*read == each));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_position_is_refused_by_name) {
    for (const std::string_view each :
         {"",
          "0",
          "0/",
          "/0",
          "0/-1",
          "-1/0",
          "0/+1",
          "0/01",
          "00/1",
          "0/1.0",
          "0/1.",
          "0/1.02",
          " 0/1",
          "0/1 ",
          "0/1.2.3",
          "4294967296/0",
          "0/9223372036854775808",
          "a/b",
          "0/1x"}) {
        const auto read = parse_position(each);
        BOOST_TEST_CONTEXT(each) {
            BOOST_REQUIRE(read.has_error());
            BOOST_TEST((read.error().code == errc::invalid_argument));
            BOOST_TEST(read.error().where.find(each) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(positions_are_ordered_by_sequence_then_offset) {
    BOOST_TEST((position{0, 1, 5} < position{0, 2, 0}));
    BOOST_TEST((position{0, 1, 5} > position{0, 1, 4}));
}

BOOST_AUTO_TEST_CASE(behind_a_fragment_its_event_goes_on_and_behind_the_last_comes_the_next_event) {
    record each;
    each.sequence = 7;
    BOOST_TEST((position_after(2, each) == position{2, 8, 0}));
    each.value = as_bytes("12345");
    each.part = fragment{10, std::nullopt};
    BOOST_TEST((position_after(2, each) == position{2, 7, 15}));
    each.part->last = fragment_end{15, 0};
    BOOST_TEST((position_after(2, each) == position{2, 8, 0}));
}

BOOST_AUTO_TEST_CASE(a_format_is_known_by_its_name_only) {
    BOOST_TEST((parse_format("avro").value() == object_format::avro));
    BOOST_TEST((parse_format("ndjson").value() == object_format::ndjson));
    const auto unknown = parse_format("parquet");
    BOOST_REQUIRE(unknown.has_error());
    BOOST_TEST(unknown.error().where.find("avro") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
