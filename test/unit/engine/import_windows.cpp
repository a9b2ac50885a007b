// Where an import begins and where it ends.
#include "commits_in_memory.hpp"
#include "core/import_window.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

/// Pieces that begin at these places, in one object up to the last of them.
commit objects_of(std::vector<position> places) {
    commit made;
    made.kind = commit_kind::objects;
    made.number = 1;
    committed_object object;
    object.key = "a" + to_string(places.front());
    object.first = places.front();
    object.next = places.back();
    places.pop_back();
    for (std::size_t n = 0; n < places.size(); ++n) {
        piece each;
        each.first = places[n];
        each.at = n * 100;
        object.pieces.push_back(each);
    }
    object.bytes = places.size() * 100;
    made.next = object.next;
    made.objects.push_back(object);
    return made;
}

commit claim_at(position start) {
    commit made;
    made.kind = commit_kind::claim;
    made.next = start;
    return made;
}

position at(std::int64_t sequence, std::int64_t offset = 0) {
    return position{0, sequence, offset};
}

place seq(std::int64_t n) {
    return place{place::kind::sequence, n};
}

import_start_facts asking(place what, std::int64_t found) {
    import_start_facts facts;
    facts.where = "stream s, partition 0";
    facts.oldest = at(10);
    facts.newest = at(100);
    facts.asked = what;
    facts.found = at(found);
    return facts;
}

import_start_facts standing(import_start_facts facts, std::int64_t reached, const char* word) {
    facts.stands.at = at(reached);
    if (word) facts.stands.start = import_start{at(20), word};
    return facts;
}

bool refused(const import_start_facts& facts, const std::string& how) {
    const auto start = decide_import_start(facts);
    return !start && start.error().code == engine_errc::start_refused &&
           start.error().where.find(how) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(import_windows)

BOOST_AUTO_TEST_CASE(a_new_import_begins_where_asked) {
    const auto start = decide_import_start(asking(seq(50), 50)).value();
    BOOST_TEST_REQUIRE(start.has_value());
    BOOST_TEST((start->at == at(50)));
    BOOST_TEST(start->word == "seq:50");
    BOOST_TEST((decide_import_start(asking(seq(3), 3)).value()->at == at(10)));
    BOOST_TEST((decide_import_start(asking(seq(100), 100)).value()->at == at(100)));
    BOOST_TEST(!decide_import_start(asking(place{place::kind::earliest, 0}, 10)).value());
    BOOST_TEST(refused(asking(seq(101), 101), "beyond the export's end"));
    import_start_facts nothing;
    BOOST_TEST(!decide_import_start(nothing).value());
}

BOOST_AUTO_TEST_CASE(the_recorded_start_continues_and_another_one_is_refused) {
    BOOST_TEST(!decide_import_start(standing(asking(seq(20), 20), 70, "seq:20")).value());
    BOOST_TEST(!decide_import_start(standing(asking(seq(70), 70), 70, "seq:20")).value());
    BOOST_TEST(refused(standing(asking(seq(30), 30), 70, "seq:20"), "lies before 0/70"));
    BOOST_TEST(refused(standing(asking(seq(80), 80), 70, "seq:20"), "0/70 up to 0/80"));
    // Whatever `latest` and times are now, the same word goes on.
    const place latest{place::kind::latest, 0}, earliest{place::kind::earliest, 0};
    BOOST_TEST(!decide_import_start(standing(asking(latest, 100), 70, "latest")).value());
    BOOST_TEST(refused(standing(asking(earliest, 10), 70, "seq:20"), "lies before"));
    BOOST_TEST(!decide_import_start(standing(asking(earliest, 10), 70, nullptr)).value());
    BOOST_TEST(refused(standing(asking(seq(20), 20), 70, nullptr), "lies before"));
    // It was recorded, and nothing was imported yet.
    BOOST_TEST(refused(standing(asking(seq(40), 40), 20, "seq:20"), "would leave out"));
    import_start_facts inside = asking(seq(20), 20);
    inside.stands.byte = 5;
    BOOST_TEST(refused(inside, "would leave out"));
}

BOOST_AUTO_TEST_CASE(places_lie_in_the_commits) {
    const std::vector<commit> commits{
        claim_at(at(10)), objects_of({at(10), at(20), at(30, 7), at(40, 3)})};
    const auto find = [&commits](place what, object_format format) {
        return committed_place(what, test::survey_of(commits), format);
    };
    const object_format avro = object_format::avro;
    BOOST_TEST(!find(place{}, avro).value());
    BOOST_TEST((find(place{place::kind::earliest, 0}, avro).value() == at(10)));
    BOOST_TEST((find(place{place::kind::latest, 0}, avro).value() == at(41)));
    BOOST_TEST((find(seq(25), avro).value() == at(25)));
    BOOST_TEST((find(seq(25), object_format::delimited).value() == at(25)));
    for (const auto values : {object_format::delimited, object_format::raw}) {
        const auto time = find(place{place::kind::time, 0}, values);
        BOOST_TEST_REQUIRE(!time);
        BOOST_TEST((time.error().code == engine_errc::usage));
    }
    BOOST_TEST(
        (committed_place(place{place::kind::latest, 0}, partition_survey(3), avro).value() ==
         position{3, 0, 0})
    );
}

BOOST_AUTO_TEST_CASE(in_raw_events_are_told_apart_only_where_pieces_begin) {
    const std::vector<commit> commits{
        claim_at(at(10)),
        objects_of({at(10), at(20), at(30, 7), at(40)}),
        objects_of({at(50), at(60)})};
    const auto find = [&commits](std::int64_t n) {
        std::optional<fetch_item> holding;
        for (const fetch_item& each : test::plan_fetches(commits, at(n)))
            if (!each.gap && !holding) holding = each;
        return place_in_raw(seq(n), at(n), holding);
    };
    for (const std::int64_t exact : {5, 10, 20, 40, 45, 50, 60, 99})
        BOOST_TEST((find(exact).value() == at(exact)));
    for (const std::int64_t inside : {11, 19, 21, 30, 31, 39, 51, 59}) {
        const auto place = find(inside);
        BOOST_TEST_REQUIRE(!place, inside);
        BOOST_TEST((place.error().code == engine_errc::usage));
        BOOST_TEST(place.error().where.find("nearest places are 0/") != std::string::npos);
    }
    BOOST_TEST(find(25).error().where.find("0/20 and 0/30.7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_outside_of_the_window_is_read) {
    const std::vector<commit> commits{
        objects_of({at(0), at(10), at(20)}), objects_of({at(20), at(30), at(40)})};
    const auto items = test::plan_fetches(commits, at(15), at(30));
    BOOST_TEST_REQUIRE(items.size() == 2u);
    BOOST_TEST((items[0].first == at(10)));
    BOOST_TEST((items[1].first == at(20)));
    BOOST_TEST(test::plan_fetches(commits, at(15), at(16)).size() == 1u);
    BOOST_TEST(test::plan_fetches(commits, at(15), at(15)).empty());
    BOOST_TEST(test::plan_fetches(commits, at(15), at(3)).empty());
    BOOST_TEST(test::plan_fetches(commits, at(0), at(1000)).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_gap_ends_with_the_window) {
    commit gap;
    gap.kind = commit_kind::gap;
    gap.gap_from = at(20);
    gap.gap_to = at(40);
    const std::vector<commit> commits{objects_of({at(0), at(20)}), gap};
    const auto cut = test::plan_fetches(commits, at(25), at(30));
    BOOST_TEST_REQUIRE(cut.size() == 1u);
    BOOST_TEST((cut[0].first == at(25)));
    BOOST_TEST((cut[0].next == at(30)));
    const auto rest = test::plan_fetches(commits, at(30), std::nullopt);
    BOOST_TEST_REQUIRE(rest.size() == 1u);
    BOOST_TEST((rest[0].first == at(30)));
    BOOST_TEST(test::plan_fetches(commits, at(0), at(20)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_delimited_piece_is_read_from_where_its_first_event_begins) {
    // Event 4 fills the second piece and ends in the third, where event 6 begins.
    const std::vector<commit> commits{
        objects_of({at(0), at(4, 100), at(4, 200), at(6, 50), at(9)})};
    import_progress stands;
    stands.at = at(8);
    const auto delimited = [&] {
        return test::plan_import_items(commits, stands, object_format::delimited, std::nullopt);
    };
    // 8 lies in the fourth piece, which begins inside 6, whose beginning is in the third, and so
    // on.
    BOOST_TEST(delimited().size() == 4u);
    BOOST_TEST(
        test::plan_import_items(commits, stands, object_format::avro, std::nullopt).size() == 1u
    );
    stands.at = at(4, 200);
    stands.open = open_value{300, 1};
    BOOST_TEST(delimited().size() == 2u);
    stands.open.reset();
    stands.at = at(6, 50);
    stands.byte = 9;
    BOOST_TEST(delimited().size() == 1u);
    stands = import_progress();
    stands.at = at(9);
    BOOST_TEST(delimited().empty());
    stands.at = at(8);
    BOOST_TEST(test::plan_import_items(commits, stands, object_format::delimited, at(8)).empty());
}

BOOST_AUTO_TEST_CASE(a_gap_before_the_window_is_not_recorded) {
    commit gap;
    gap.kind = commit_kind::gap;
    gap.gap_from = at(5);
    gap.gap_to = at(7);
    const std::vector<commit> commits{objects_of({at(0), at(5)}), gap, objects_of({at(7), at(9)})};
    import_progress stands;
    stands.at = at(7);
    const auto items =
        test::plan_import_items(commits, stands, object_format::delimited, std::nullopt);
    BOOST_TEST_REQUIRE(items.size() == 1u);
    BOOST_TEST(!items[0].gap);
}

BOOST_AUTO_TEST_SUITE_END()
