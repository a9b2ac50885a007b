// Whole lives of a stream when the power fails at any call: events in pieces, some left open and
// given up, cursors that move, segments that go, reservations.
//
// SLUICE_EVERY_DEATH=1: of two lives in a row every pair of calls; else some of the second one's.
#include "crash_disk.hpp"
#include "log_fixture.hpp"

#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <vector>

using namespace sluice;
using namespace sluice::test;

namespace {

/// What was acknowledged and seen until the power failed.
struct known {
    std::int64_t acknowledged = 0;        ///< sequence
    std::int64_t seen = 0;                ///< by a reader
    position cursor = {};                 ///< acknowledged
    std::vector<position> asked = {};     ///< of the cursor, since then
    std::int64_t first = 0;               ///< of the stream, trimmed
    std::set<std::int64_t> given_up = {}; ///< perhaps
    std::string refused = {};             ///< what failed first
};

/// Whether it succeeded; else notes why not.
template <class Answer>
bool succeeded(const Answer& answer, known& so_far) {
    if (!answer && so_far.refused.empty()) so_far.refused = answer.error().where;
    return static_cast<bool>(answer);
}

task<bool> append_now(writer& to, std::span<const append_step> steps, known& so_far) {
    const auto done = co_await to.append(0, steps);
    if (!succeeded(done, so_far)) co_return false;
    const position end = to.tail(0).end;
    for (const append_step& each : steps)
        if (each.batch.next.offset == 0) so_far.given_up.erase(each.batch.first.sequence);
    so_far.acknowledged = end.sequence;
    co_return true;
}

/// An event in three pieces, `at_once` of them in one append.
task<bool> append_pieces(writer& to, std::size_t at_once, std::size_t pieces, known& so_far) {
    const auto built = small_fragments(to.tail(0).end, 3, 150);
    const auto steps = steps_of(built, "progress");
    for (std::size_t n = 0; n < pieces; n += at_once) {
        const auto some = std::span(steps).subspan(n, std::min(at_once, pieces - n));
        const bool done = co_await append_now(to, some, so_far);
        if (!done) co_return false;
    }
    co_return true;
}

task<bool> append_small(writer& to, known& so_far) {
    const auto built = small_events(to.tail(0).end, 1, 200);
    const auto steps = steps_of(built, "progress");
    const bool done = co_await append_now(to, steps, so_far);
    co_return done;
}

task<bool> give_up_open(writer& to, known& so_far) {
    const position end = to.tail(0).end;
    if (end.offset == 0) co_return true;
    so_far.given_up.insert(end.sequence);
    const auto done = co_await to.abandon_open_event(0);
    if (!succeeded(done, so_far)) co_return false;
    so_far.acknowledged = end.sequence + 1;
    co_return true;
}

task<bool> append_events(writer& to, known& so_far) {
    bool goes_on = co_await give_up_open(to, so_far);
    if (goes_on) goes_on = co_await append_small(to, so_far);
    if (goes_on) goes_on = co_await append_pieces(to, 1, 3, so_far);
    if (goes_on) goes_on = co_await append_small(to, so_far);
    if (goes_on) goes_on = co_await append_pieces(to, 3, 3, so_far);
    if (goes_on) goes_on = co_await append_pieces(to, 2, 2, so_far);
    co_return goes_on;
}

task<bool> move_cursor(log_store store, known& so_far) {
    const auto in = co_await store.open_reader("s");
    if (!succeeded(in, so_far)) co_return false;
    const auto bounds = co_await (*in)->bounds(0);
    if (!succeeded(bounds, so_far)) co_return false;
    so_far.seen = std::max(so_far.seen, bounds->end.sequence);
    const auto held = co_await (*in)->open_cursor("c");
    if (!succeeded(held, so_far)) co_return false;
    // Behind a whole event, and amid one: of an object that ends there.
    for (const std::int64_t offset : {0, 150}) {
        const position to{0, bounds->end.sequence - 2, offset};
        so_far.asked.push_back(to);
        const auto moved = co_await (*held)->move(to);
        if (!succeeded(moved, so_far)) co_return false;
        so_far.cursor = to;
        so_far.asked.clear();
    }
    co_return true;
}

task<bool> trim(log_store store, known& so_far) {
    log_trim_request request;
    request.keep.bytes = 1;
    const auto trimmed = co_await store.trim("s", request);
    if (!succeeded(trimmed, so_far)) co_return false;
    so_far.first = (*trimmed)[0].first.sequence;
    co_return true;
}

task<bool> reserve_and_release(log_store store, known& so_far) {
    const auto reserved = co_await store.reserve("s", "transfer");
    if (!succeeded(reserved, so_far)) co_return false;
    const auto released = co_await store.release("s");
    co_return succeeded(released, so_far);
}

/// Until the power fails.
task<void> live(log_store store, known& so_far) {
    const auto released = co_await store.release("s"); // where the one before died in between
    if (!succeeded(released, so_far)) co_return;
    log_writer_options options;
    options.segment_bytes = 700;
    const auto opened = co_await store.open_writer("s", options);
    if (!succeeded(opened, so_far)) co_return;
    const std::int64_t found = (*opened)->tail(0).end.sequence;
    BOOST_TEST_REQUIRE(found >= std::max(so_far.acknowledged, so_far.seen));
    bool goes_on = co_await append_events(**opened, so_far);
    const auto closed = co_await (*opened)->close();
    if (!succeeded(closed, so_far)) co_return;
    if (goes_on) goes_on = co_await move_cursor(store, so_far);
    if (goes_on) goes_on = co_await trim(store, so_far);
    if (goes_on) co_await reserve_and_release(store, so_far);
}

/// The power being on: everything known is there, everything checks, and it goes on.
task<void> check_all(log_store store, const known& before) {
    const auto cursors = (co_await store.cursors("s")).value();
    BOOST_TEST_REQUIRE(cursors.size() <= 1u);
    std::optional<position> place;
    if (!cursors.empty()) place = cursors[0].partitions[0].at;
    if (before.cursor != position{}) BOOST_TEST_REQUIRE(place.has_value());
    const bool asked = place && std::ranges::find(before.asked, *place) != before.asked.end();
    if (place) BOOST_TEST_REQUIRE((*place == before.cursor || asked));
    known now = before;
    now.refused.clear();
    co_await live(store, now);
    BOOST_TEST_REQUIRE(now.refused.empty(), now.refused);
    BOOST_TEST_REQUIRE(now.acknowledged > std::max(before.acknowledged, before.seen));
    const auto kept = co_await whole_events_but(store, now.given_up);
    BOOST_TEST_REQUIRE(kept.second == now.acknowledged);
    BOOST_TEST_REQUIRE(kept.first <= now.cursor.sequence);
    BOOST_TEST_REQUIRE(kept.first == now.first);
    const log_verdict verdict = (co_await store.verify("s")).value();
    for (const std::string& problem : verdict.problems)
        BOOST_ERROR(problem);
    (co_await store.remove_cursor("s", "c")).value();
}

/// A life that dies at its n-th change; false when it came to its end.
bool dies_at(log_fixture& at, log_store& store, crash_disk& disk, int n, known& so_far) {
    disk.fail_at(n);
    so_far.refused.clear();
    at.run(live(store, so_far));
    const bool died = disk.failed();
    BOOST_TEST_REQUIRE((died || so_far.refused.empty()), so_far.refused);
    disk.restart();
    return died;
}

/// One that lived, one that dies at `first`, one at `second`. How many of them died.
int die_twice(const std::string& codec, int first, int second) {
    log_fixture at;
    crash_disk disk(static_cast<unsigned>(first * 101 + second));
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, disk);
    auto make = [&]() -> task<void> {
        log_create_options options;
        options.codec = codec;
        (co_await store.create("s", options)).value();
    };
    at.run(make());
    known so_far;
    int died = dies_at(at, store, disk, 0, so_far) ? 1 : 0;
    BOOST_TEST_REQUIRE(died == 0);
    if (dies_at(at, store, disk, first, so_far)) ++died;
    if (died == 1 && dies_at(at, store, disk, second, so_far)) ++died;
    at.run(check_all(store, so_far));
    return died;
}

/// At every call, and at every `step`-th one of the next life. How many ways there were.
int die_everywhere(const std::string& codec, int step) {
    int ways = 0;
    for (int first = 1, died = 2; died > 0; ++first)
        for (int second = 1 + first % step; true; second += step)
            BOOST_TEST_CONTEXT(codec << ", calls " << first << " and " << second) {
                died = die_twice(codec, first, second);
                ++ways;
                if (died < 2) break;
            }
    return ways;
}

int step_of_second_deaths() {
    return std::getenv("SLUICE_EVERY_DEATH") ? 1 : 9;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_life_crashes)

BOOST_AUTO_TEST_CASE(wherever_it_dies_twice_nothing_known_is_lost) {
    BOOST_TEST(die_everywhere("none", step_of_second_deaths()) > 200);
}

BOOST_AUTO_TEST_CASE(nor_of_a_stream_of_frames) {
    BOOST_TEST(die_everywhere("zstd", step_of_second_deaths()) > 200);
}

BOOST_AUTO_TEST_SUITE_END()
