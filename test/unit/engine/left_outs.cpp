// What of a range an import has not left out.
#include "core/left_out.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

position at(std::int64_t sequence, std::int64_t offset = 0) {
    return position{1, sequence, offset};
}

using range = std::optional<std::pair<position, position>>;

range kept(const left_out_ranges& what, position first, position next) {
    return first_kept(what, first, next);
}

range from(position first, position next) {
    return std::pair(first, next);
}

} // namespace

BOOST_AUTO_TEST_SUITE(left_outs)

BOOST_AUTO_TEST_CASE(what_was_not_left_out_is_kept) {
    left_out_ranges what;
    BOOST_TEST((kept(what, at(3), at(9)) == from(at(3), at(9))));
    note_left_out(what, at(10), at(20));
    BOOST_TEST((kept(what, at(3), at(9)) == from(at(3), at(9))));
    BOOST_TEST((kept(what, at(3), at(10)) == from(at(3), at(10))));
    BOOST_TEST((kept(what, at(20), at(30)) == from(at(20), at(30))));
    BOOST_TEST((kept(what, at(3), at(30)) == from(at(3), at(10))));
    BOOST_TEST((kept(what, at(15), at(30)) == from(at(20), at(30))));
    BOOST_TEST(!kept(what, at(10), at(20)));
    BOOST_TEST(!kept(what, at(12), at(13)));
    note_left_out(what, at(25), at(27));
    BOOST_TEST((kept(what, at(12), at(30)) == from(at(20), at(25))));
    BOOST_TEST((kept(what, at(27), at(30)) == from(at(27), at(30))));
}

/// Of an event of which a part was missing nothing is in the stream.
BOOST_AUTO_TEST_CASE(an_event_that_lacks_a_part_was_left_out) {
    left_out_ranges what;
    note_left_out(what, at(4, 1000), at(7, 500));
    BOOST_TEST((kept(what, at(1), at(30)) == from(at(1), at(4))));
    BOOST_TEST((kept(what, at(4), at(30)) == from(at(8), at(30))));
    BOOST_TEST(!kept(what, at(4), at(8)));
}

BOOST_AUTO_TEST_CASE(behind_the_last_range_that_has_a_name_nothing_is_known) {
    left_out_ranges what;
    note_left_out(what, at(10), at(20));
    what.count = 2;
    BOOST_TEST((kept(what, at(3), at(30)) == from(at(3), at(10))));
    BOOST_TEST(!kept(what, at(20), at(30)));
}

BOOST_AUTO_TEST_SUITE_END()
