// test: where an object ends, and how long it has been under way.
#include <boost/test/unit_test.hpp>

#include <core/object_end.hpp>

namespace sluice {

namespace {

/// Twenty events of it are there; the stream goes on to 0/100.
object_so_far an_object() {
    object_so_far object;
    object.next = {0, 20, 0};
    object.has_blocks = true;
    object.bytes = 1000;
    object.events = 20;
    object.stream_end = {0, 100, 0};
    return object;
}

object_so_far following(ahead rest) {
    object_so_far object = an_object();
    object.end_is_final = false;
    object.rest = rest;
    return object;
}

/// "to 30", "cut at 30", "wait".
std::string told(const object_so_far& object) {
    const object_decision decided = decide_end(object);
    const auto* room = std::get_if<object_room>(&decided);
    if (!room) return "wait";
    return (room->cut ? "cut at " : "to ") + std::to_string(room->end.sequence);
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_ends)

BOOST_AUTO_TEST_CASE(with_a_final_end_blocks_are_taken_up_to_it) {
    BOOST_TEST(told(an_object()) == "cut at 100");
}

BOOST_AUTO_TEST_CASE(following_takes_whole_blocks_and_waits_for_the_rest) {
    BOOST_TEST(told(following(ahead::whole_block)) == "to 100");
    BOOST_TEST(told(following(ahead::part_of_block)) == "wait");
    BOOST_TEST(told(following(ahead::nothing)) == "wait");
}

BOOST_AUTO_TEST_CASE(an_object_that_is_due_takes_the_unfinished_block_and_no_further_whole_one) {
    for (const ahead rest : {ahead::whole_block, ahead::part_of_block}) {
        object_so_far object = following(rest);
        object.due = true;
        BOOST_TEST(told(object) == (rest == ahead::whole_block ? "cut at 20" : "cut at 100"));
    }
}

BOOST_AUTO_TEST_CASE(an_object_without_blocks_takes_one_before_it_is_due) {
    object_so_far object = following(ahead::whole_block);
    object.has_blocks = false;
    object.due = true;
    BOOST_TEST(told(object) == "to 100");
    object.sealing = true;
    BOOST_TEST(told(object) == "cut at 20");
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_stays_in_the_object) {
    object_so_far object = following(ahead::whole_block);
    object.due = object.sealing = true;
    object.most_events = 10;
    object.sent_bytes = 1001;
    BOOST_TEST(told(object) == "to 100");
    object.sent_bytes = 1000;
    BOOST_TEST(told(object) == "cut at 20");
}

BOOST_AUTO_TEST_CASE(a_journaled_end_is_obeyed_whatever_else_holds) {
    object_so_far object = following(ahead::whole_block);
    object.sealed_at = position{0, 50, 0};
    object.due = object.sealing = true;
    object.most_events = 1;
    BOOST_TEST(told(object) == "cut at 50");
}

BOOST_AUTO_TEST_CASE(enough_events_end_it_at_the_block_s_end) {
    object_so_far object = an_object();
    object.most_events = 21;
    BOOST_TEST(told(object) == "cut at 100");
    object.most_events = 20;
    BOOST_TEST(told(object) == "cut at 20");
}

BOOST_AUTO_TEST_CASE(running_time_adds_up_over_runs) {
    using namespace std::chrono_literals;
    const object_age::time_point start{};
    object_age age(10s, 4s, start);
    BOOST_TEST(!age.due(start + 5999ms));
    BOOST_TEST(age.due(start + 6s));
    BOOST_TEST(age.left(start + 1s).value().count() == 5000);
    BOOST_TEST(age.left(start + 60s).value().count() == 0);
    BOOST_TEST(age.ran(start + 1s).count() == 5000);
    BOOST_TEST(!age.to_be_noted(start + 1s));
    BOOST_TEST(age.to_be_noted(start + 2s));
    BOOST_TEST(!age.to_be_noted(start + 2s));
    object_age none(0s, 4s, start);
    BOOST_TEST(!none.due(start + 1000h));
    BOOST_TEST(!none.left(start).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice
