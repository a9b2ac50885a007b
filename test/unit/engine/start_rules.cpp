// test: where a lane goes on, and places in a stream as people write them.
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

#include <core/start_rules.hpp>

namespace sluice {

namespace {

place place_of(const std::string& text) {
    return parse_places(text).value().all;
}

/// The stream has 0/10 … 0/100.
start_facts facts_of() {
    start_facts facts;
    facts.where = "s3://bkt/p";
    facts.oldest = {0, 10, 0};
    facts.newest = {0, 100, 0};
    return facts;
}

start_facts asking(start_facts facts, const std::string& word, std::int64_t at) {
    facts.asked = place_of(word);
    facts.found = position{0, at, 0};
    return facts;
}

start_facts committed(start_facts facts, std::int64_t next, const std::string& recorded) {
    facts.committed = position{0, next, 0};
    facts.recorded = recorded;
    return facts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(start_rules)

BOOST_AUTO_TEST_CASE(places_are_read_and_written_in_one_spelling) {
    for (const char* text : {"saved", "earliest", "latest", "seq:0", "seq:9223372036854775807"})
        BOOST_TEST(to_string(place_of(text)) == text);
    BOOST_TEST((place_of("time:2026-11-23T10:00:00Z") == place_of("time:2026-11-23T11:00:00+01:00"))
    );
    const auto each = parse_places("0=seq:5,3=latest").value();
    BOOST_TEST(to_string(each.of(0)) == "seq:5");
    BOOST_TEST(to_string(each.of(1)) == "saved");
    BOOST_TEST(to_string(each.of(3)) == "latest");
    BOOST_TEST(each.uses(place::kind::latest));
    BOOST_TEST(!each.uses(place::kind::time));
}

BOOST_AUTO_TEST_CASE(what_is_no_place_is_refused) {
    for (const char* text :
         {"soon",
          "seq:",
          "seq:-1",
          "seq:1x",
          "time:",
          "time:yesterday",
          "0=",
          "0=seq:1,",
          "x=seq:1",
          "0=seq:1,0=seq:2",
          "0=seq:1,latest",
          "seq:9223372036854775808"})
        BOOST_TEST(!parse_places(text), text);
}

BOOST_AUTO_TEST_CASE(an_untouched_partition_begins_with_the_first_event_or_where_asked) {
    const auto usual = decide_start(facts_of()).value();
    BOOST_TEST(usual.next.sequence == 10);
    BOOST_TEST(usual.begin.sequence == 10);
    BOOST_TEST(usual.word == "earliest");
    const auto asked = decide_start(asking(facts_of(), "seq:50", 50)).value();
    BOOST_TEST(asked.next.sequence == 50);
    BOOST_TEST(asked.begin.sequence == 50);
    BOOST_TEST(asked.word == "seq:50");
}

BOOST_AUTO_TEST_CASE(the_recorded_start_continues_wherever_the_export_stands) {
    const auto again =
        decide_start(asking(committed(facts_of(), 70, "seq:50"), "seq:50", 50)).value();
    BOOST_TEST(again.begin.sequence == 70);
    BOOST_TEST(!again.claim_anew);
    const auto latest =
        decide_start(asking(committed(facts_of(), 70, "latest"), "latest", 100)).value();
    BOOST_TEST(latest.begin.sequence == 70);
}

BOOST_AUTO_TEST_CASE(a_start_beyond_must_be_accepted_and_one_before_cannot_be_had) {
    start_facts facts = asking(committed(facts_of(), 40, "earliest"), "seq:60", 60);
    BOOST_TEST((decide_start(facts).error().code == engine_errc::start_refused));
    facts.accept_gaps = true;
    const auto later = decide_start(facts).value();
    BOOST_TEST(later.next.sequence == 40);
    BOOST_TEST(later.begin.sequence == 60);
    BOOST_TEST(later.claim_anew);
    BOOST_TEST(later.word == "seq:60");
    BOOST_TEST(!later.reason.empty());
    facts = asking(facts, "seq:39", 39);
    BOOST_TEST((decide_start(facts).error().code == engine_errc::start_refused));
    facts = asking(facts, "seq:101", 101);
    BOOST_TEST((decide_start(facts).error().code == engine_errc::start_refused));
}

BOOST_AUTO_TEST_CASE(another_start_at_the_same_place_is_recorded_without_a_gap) {
    const auto same =
        decide_start(asking(committed(facts_of(), 60, "earliest"), "seq:60", 60)).value();
    BOOST_TEST(same.claim_anew);
    BOOST_TEST(same.reason.empty());
    BOOST_TEST(same.begin.sequence == 60);
}

BOOST_AUTO_TEST_CASE(an_accepted_start_whose_gap_was_never_written_is_still_to_come) {
    start_facts facts = committed(facts_of(), 40, "seq:60");
    facts.accepted = position{0, 60, 0};
    const auto pending = decide_start(facts).value();
    BOOST_TEST(pending.begin.sequence == 60);
    BOOST_TEST(!pending.claim_anew);
    facts.committed = position{0, 80, 0};
    BOOST_TEST(decide_start(facts).value().begin.sequence == 80);
}

BOOST_AUTO_TEST_CASE(what_the_stream_has_lost_must_be_accepted) {
    start_facts facts = committed(facts_of(), 4, "earliest");
    BOOST_TEST((decide_start(facts).error().code == engine_errc::start_refused));
    facts.accept_gaps = true;
    const auto lost = decide_start(facts).value();
    BOOST_TEST(lost.next.sequence == 4);
    BOOST_TEST(lost.begin.sequence == 10);
    start_facts fresh = asking(facts_of(), "seq:3", 3);
    BOOST_TEST(!decide_start(fresh));
    fresh.accept_gaps = true;
    BOOST_TEST(decide_start(fresh).value().next.sequence == 3);
    BOOST_TEST(decide_start(fresh).value().begin.sequence == 10);
}

BOOST_AUTO_TEST_CASE(what_was_lost_on_the_way_is_told_as_what_was_lost_before_the_beginning) {
    start_facts facts = committed(facts_of(), 4, "earliest");
    const auto before = decide_start(facts);
    const failure now = refuse_to_lose(facts.where, {0, 4, 0}, {0, 10, 0});
    BOOST_TEST((now.code == engine_errc::start_refused));
    BOOST_TEST(now.where == before.error().where);
    BOOST_TEST(now.where.find("--accept-gaps") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice
