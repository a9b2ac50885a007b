// What appeared or changed before the place that an import by listing has reached.
#include "core/listing_lookback.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;

namespace {

using keys = std::vector<std::string>;
using objects = std::vector<foreign_object>;

foreign_object seen_object(std::string key, std::string modified, std::string etag = "\"e\"") {
    return foreign_object{std::move(key), std::move(etag), std::move(modified), 10};
}

/// At "m", which is done, behind `objects` in all; the latest of them is of "t5".
listing_progress standing_behind(std::uint64_t objects) {
    listing_progress reached;
    reached.object = seen_object("m", "t5");
    reached.done = true;
    reached.objects = objects;
    reached.newest = "t5";
    return reached;
}

} // namespace

BOOST_AUTO_TEST_SUITE(listing_lookback)

BOOST_AUTO_TEST_CASE(the_first_look_names_what_is_newer_and_counts_what_is_not) {
    auto reached = standing_behind(2);
    const objects as_it_was{seen_object("a", "t3"), seen_object("m", "t5")};
    BOOST_TEST(look_back().at(as_it_was, reached).count() == 0u);
    objects newer = as_it_was;
    newer.push_back(seen_object("b", "t6"));
    const latecomers named = look_back().at(newer, reached);
    BOOST_TEST((named.keys == keys{"b"}));
    BOOST_TEST(named.unnamed == 0u);
    BOOST_TEST(named.newest == "t6");
    objects older = as_it_was;
    older.push_back(seen_object("b", "t1"));
    const latecomers counted = look_back().at(older, reached);
    BOOST_TEST(counted.keys.empty());
    BOOST_TEST(counted.unnamed == 1u);
}

BOOST_AUTO_TEST_CASE(the_half_done_object_is_not_counted) {
    auto inside = standing_behind(2);
    inside.done = false;
    BOOST_TEST(look_back().at({seen_object("a", "t3")}, inside).count() == 0u);
    BOOST_TEST(inside.objects == 2u);
    BOOST_TEST(
        look_back().at({seen_object("a", "t3"), seen_object("b", "t1")}, inside).unnamed == 1u
    );
    listing_progress none;
    BOOST_TEST(look_back().at({}, none).count() == 0u);
    BOOST_TEST(none.objects == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_told_is_not_told_again_by_another_run) {
    auto reached = standing_behind(2);
    const objects now{
        seen_object("a", "t3"),
        seen_object("b", "t6"),
        seen_object("c", "t1"),
        seen_object("m", "t5")};
    const latecomers late = look_back().at(now, reached);
    BOOST_TEST(late.count() == 2u);
    BOOST_TEST(look_back().at(now, reached).count() == 2u); // it was not told yet
    remember_told(reached, late);
    BOOST_TEST(look_back().at(now, reached).count() == 0u);
    objects more = now;
    more.push_back(seen_object("d", "t6"));
    BOOST_TEST(look_back().at(more, reached).unnamed == 1u);
}

BOOST_AUTO_TEST_CASE(one_that_is_gone_hides_none_that_comes_late) {
    auto reached = standing_behind(3);
    BOOST_TEST(look_back().at({seen_object("m", "t5")}, reached).count() == 0u);
    BOOST_TEST(reached.objects == 1u);
    BOOST_TEST(
        look_back().at({seen_object("a", "t1"), seen_object("m", "t5")}, reached).unnamed == 1u
    );
}

BOOST_AUTO_TEST_CASE(later_looks_know_each_object) {
    auto reached = standing_behind(1);
    look_back behind;
    BOOST_TEST(behind.at({seen_object("m", "t5")}, reached).count() == 0u);
    behind.knows(seen_object("n", "t2"));
    // One is gone, one has come in its place, not newer: by number nothing would show.
    const latecomers late = behind.at({seen_object("a", "t1"), seen_object("n", "t2")}, reached);
    BOOST_TEST((late.keys == keys{"a"}));
    BOOST_TEST(late.unnamed == 0u);
    BOOST_TEST(behind.at({seen_object("a", "t1"), seen_object("n", "t2")}, reached).count() == 0u);
    const latecomers changed =
        behind.at({seen_object("a", "t1"), seen_object("n", "t2", "\"f\"")}, reached);
    BOOST_TEST((changed.keys == keys{"n"}));
    BOOST_TEST(describe_late(changed).find("1 objects appeared or changed") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
