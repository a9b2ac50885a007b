// Which pieces an import reads.
#include "core/fetch_plan.hpp"

#include "commits_in_memory.hpp"

#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;

namespace {

committed_object object_of(std::int64_t first, std::int64_t next, const std::string& key) {
    committed_object object;
    object.key = key;
    object.first = position{0, first, 0};
    object.next = position{0, next, 0};
    object.bytes = 300;
    piece one, two;
    one.first = object.first;
    two.first = position{0, (first + next) / 2, 0};
    two.at = 100;
    object.pieces = {one, two};
    return object;
}

commit objects_at(std::uint64_t number, committed_object object) {
    commit each;
    each.kind = commit_kind::objects;
    each.number = number;
    each.objects.push_back(std::move(object));
    return each;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fetch_plan)

BOOST_AUTO_TEST_CASE(pieces_come_in_order_with_their_ranges) {
    const auto items = test::plan_fetches(
        {objects_at(1, object_of(0, 10, "a")), objects_at(2, object_of(10, 20, "b"))}, {}
    );
    BOOST_TEST(items.size() == 4u);
    BOOST_TEST(items[0].size == 100u);
    BOOST_TEST(!items[0].inside);
    BOOST_TEST(items[1].at == 100u);
    BOOST_TEST(items[1].size == 200u);
    BOOST_TEST(items[1].inside);
    BOOST_TEST((items[1].next == position{0, 10, 0}));
    BOOST_TEST(items[2].key == "b");
}

BOOST_AUTO_TEST_CASE(reading_goes_on_in_the_piece_that_holds_the_position) {
    const auto items =
        test::plan_fetches({objects_at(1, object_of(0, 10, "a"))}, position{0, 7, 0});
    BOOST_TEST(items.size() == 1u);
    BOOST_TEST(items[0].piece == 1u);
    BOOST_TEST(
        test::plan_fetches({objects_at(1, object_of(0, 10, "a"))}, position{0, 10, 0}).empty()
    );
}

BOOST_AUTO_TEST_CASE(a_replaced_object_is_read_from_where_it_was_replaced_to) {
    commit replace;
    replace.kind = commit_kind::replace;
    replace.number = 2;
    replace.old_key = "a";
    replace.objects.push_back(object_of(0, 10, "a2"));
    const auto items = test::plan_fetches({objects_at(1, object_of(0, 10, "a")), replace}, {});
    BOOST_TEST(items.size() == 2u);
    BOOST_TEST(items[0].key == "a2");
}

BOOST_AUTO_TEST_CASE(neighbours_of_whole_blocks_are_joined_and_nothing_else) {
    committed_object object = object_of(0, 10, "a");
    object.format = "avro";
    object.codec = "none";
    object.bytes = 1000;
    object.pieces.clear();
    for (std::uint64_t n = 0; n < 5; ++n) {
        piece each;
        each.first = position{0, static_cast<std::int64_t>(2 * n), 0};
        each.at = 200 * n;
        each.crc64nvme = crc64nvme(as_bytes(std::string(200, static_cast<char>('a' + n))));
        object.pieces.push_back(each);
    }
    auto items = test::plan_fetches({objects_at(1, object)}, {});
    BOOST_TEST_REQUIRE(items.size() == 5u);
    BOOST_TEST(!may_join(items[0], items[1])); // the object's header comes first
    BOOST_TEST(may_join(items[1], items[2]));
    BOOST_TEST(!may_join(items[1], items[3]));
    BOOST_TEST(!may_join(items[2], items[1]));
    fetch_item other = items[2];
    other.key = "b";
    BOOST_TEST(!may_join(items[1], other));
    other = items[2];
    other.codec = "zstandard";
    BOOST_TEST(!may_join(items[1], other));

    fetch_item joined = items[1];
    join(joined, items[2]);
    BOOST_TEST(may_join(joined, items[3]));
    join(joined, items[3]);
    BOOST_TEST(joined.at == 200u);
    BOOST_TEST(joined.size == 600u);
    BOOST_TEST((joined.first == items[1].first));
    BOOST_TEST((joined.next == items[3].next));
    const std::string bytes = std::string(200, 'b') + std::string(200, 'c') + std::string(200, 'd');
    BOOST_TEST(joined.crc64nvme == crc64nvme(as_bytes(bytes)));
    BOOST_TEST_REQUIRE(joined.pieces.size() == 3u);
    for (std::size_t n = 0; n < 3; ++n) {
        BOOST_TEST(joined.pieces[n].piece == n + 1);
        BOOST_TEST(joined.pieces[n].at == items[n + 1].at);
        BOOST_TEST(joined.pieces[n].crc64nvme == items[n + 1].crc64nvme);
    }
}

BOOST_AUTO_TEST_CASE(expired_objects_and_gaps_are_recorded_not_read) {
    commit expired;
    expired.kind = commit_kind::expired;
    expired.number = 3;
    expired.expired_keys = {"a"};
    commit gap;
    gap.kind = commit_kind::gap;
    gap.number = 2;
    gap.gap_from = position{0, 10, 0};
    gap.gap_to = position{0, 15, 0};
    gap.reason = "trimmed";
    const auto items = test::plan_fetches({objects_at(1, object_of(0, 10, "a")), gap, expired}, {});
    BOOST_TEST(items.size() == 2u);
    BOOST_TEST(items[0].gap);
    BOOST_TEST((items[0].next == position{0, 10, 0}));
    BOOST_TEST(items[1].gap);
    BOOST_TEST(items[1].why == "trimmed");
}

BOOST_AUTO_TEST_CASE(a_gap_that_ends_inside_an_event_reaches_to_the_next_one) {
    committed_object gone = object_of(0, 10, "a"), inside = object_of(10, 11, "b");
    committed_object after = object_of(10, 20, "c");
    gone.next = inside.first = inside.pieces[0].first = position{0, 10, 5};
    inside.pieces.resize(1);
    inside.next = after.first = after.pieces[0].first = position{0, 10, 9};
    commit expired;
    expired.kind = commit_kind::expired;
    expired.number = 4;
    expired.expired_keys = {"a"};
    const auto items = test::plan_fetches(
        {objects_at(1, gone), objects_at(2, inside), objects_at(3, after), expired}, {}
    );
    // Nothing but the rest of that event lies in "b": it is not read.
    BOOST_TEST_REQUIRE(items.size() == 3u);
    BOOST_TEST(items[0].gap);
    BOOST_TEST((items[0].next == position{0, 11, 0}));
    BOOST_TEST(items[1].key == "c");
    BOOST_TEST(items[2].key == "c");
}

BOOST_AUTO_TEST_SUITE_END()
