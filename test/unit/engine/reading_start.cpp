// Which objects and pieces a reading from some place on needs.
#include "core/reading_start.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace sluice;

piece piece_at(std::int64_t sequence, std::optional<time_range> times) {
    piece made;
    made.first = position{0, sequence, 0};
    made.times = times;
    return made;
}

/// Events 0 to 29 in two objects; 10 to 19 carry no time, time runs back in the last piece.
std::vector<committed_object> two_objects() {
    committed_object first, second;
    first.next = second.first = position{0, 20, 0};
    second.next = position{0, 40, 0};
    first.pieces = {piece_at(0, time_range{100, 200}), piece_at(10, std::nullopt)};
    second.pieces = {piece_at(20, time_range{300, 400}), piece_at(30, time_range{50, 250})};
    first.times = time_range{100, 200};
    second.times = time_range{50, 400};
    return {first, second};
}

position at(std::int64_t sequence) {
    return position{0, sequence, 0};
}

std::optional<position> piece_since(position from, std::int64_t since) {
    for (const committed_object& each : two_objects())
        if (const auto found = first_piece_since(each, from, since)) return found;
    return std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reading_start)

BOOST_AUTO_TEST_CASE(a_time_begins_at_the_first_piece_that_can_hold_it) {
    BOOST_TEST((piece_since(at(0), 0) == at(0)));
    BOOST_TEST((piece_since(at(0), 200) == at(0)));
    BOOST_TEST((piece_since(at(0), 201) == at(20)));
    BOOST_TEST((piece_since(at(0), 400) == at(20)));
    BOOST_TEST(!piece_since(at(0), 401).has_value());
}

BOOST_AUTO_TEST_CASE(nothing_before_the_place_asked_for_counts) {
    BOOST_TEST((piece_since(at(5), 150) == at(5)));
    BOOST_TEST((piece_since(at(10), 150) == at(20)));
    BOOST_TEST((piece_since(at(30), 150) == at(30)));
    BOOST_TEST(!piece_since(at(30), 300).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
