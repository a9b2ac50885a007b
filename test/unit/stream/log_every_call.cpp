// The embedded log while any call to the disk fails, also those that only look, once or for good.
//
// SLUICE_EVERY_CALL=1: every story in every way; else some ways of most stories are left out.
#include "failing_files.hpp"
#include "log_fixture.hpp"

#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr int before = 7, during = 8; ///< events
constexpr std::int64_t held_from = 4; ///< a cursor stands there

/// What kind of stream it is that lives.
struct story {
    std::string codec = "none";
    bool relaxed = false;
    /// The writer died in the middle of an event, which the next one gives up; of its own events
    /// one is appended in pieces, one at once, and another one is left open.
    bool fragments = false;

    std::int64_t end() const { return before + during + (fragments ? 1 : 0); }
};

std::ostream& operator<<(std::ostream& to, const story& what) {
    return to << what.codec << (what.relaxed ? " relaxed" : "")
              << (what.fragments ? " fragments" : "");
}

/// What was promised until the disk failed, and how that was told.
struct promised {
    std::int64_t acknowledged = 0; ///< sequence
    std::int64_t seen = 0;         ///< by a reader
    std::vector<failure> told = {};
    std::set<std::int64_t> given_up = {}; ///< perhaps
};

log_writer_options small_segments() {
    log_writer_options options;
    options.segment_bytes = 700;
    return options;
}

/// Whether it was acknowledged.
task<bool> append_all(writer& to, std::span<const append_step> steps, promised& so_far) {
    const auto done = co_await to.append(0, steps);
    if (!done) so_far.told.push_back(done.error());
    if (done) so_far.acknowledged = to.tail(0).end.sequence;
    co_return done.has_value();
}

/// An event in three pieces; those of every other one are appended one at a time.
task<bool> append_fragments(writer& to, promised& so_far) {
    const position from = to.tail(0).end;
    const auto built = small_fragments(from, 3, 90);
    const auto steps = steps_of(built, "progress");
    const std::size_t at_once = from.sequence % 2 == 0 ? 1 : steps.size();
    for (std::size_t n = 0; n < steps.size(); n += at_once) {
        const bool done = co_await append_all(to, std::span(steps).subspan(n, at_once), so_far);
        if (!done) co_return false;
    }
    co_return true;
}

task<void> append_events(writer& to, int count, bool fragments, promised& so_far) {
    bool goes_on = true;
    for (int n = 0; n < count && goes_on; ++n) {
        if (fragments && (n == 2 || n == 5)) {
            goes_on = co_await append_fragments(to, so_far);
            continue;
        }
        const auto built = small_events(to.tail(0).end, 1, 200);
        const auto steps = steps_of(built, "progress");
        goes_on = co_await append_all(to, steps, so_far);
    }
}

/// The beginning of an event.
task<void> leave_open(writer& to, promised& so_far) {
    const auto built = small_fragments(to.tail(0).end, 3, 70);
    const auto steps = steps_of(built, "progress");
    co_await append_all(to, std::span(steps).first(2), so_far);
}

/// Whether no event is open then.
task<bool> give_up_open(writer& to, promised& so_far) {
    const position end = to.tail(0).end;
    if (end.offset == 0) co_return true;
    so_far.given_up.insert(end.sequence);
    const auto done = co_await to.abandon_open_event(0);
    if (!done) so_far.told.push_back(done.error());
    co_return done.has_value();
}

/// A stream that keeps little; a cursor; a writer that died in the middle of a batch.
task<void> make_torn(log_store store, const story& of, log::path folder) {
    log_create_options options;
    options.codec = of.codec;
    options.relaxed = of.relaxed;
    options.retention.bytes = 900;
    (co_await store.create("s", options)).value();
    auto to = (co_await store.open_writer("s", small_segments())).value();
    promised all;
    co_await append_events(*to, before, false, all);
    if (of.fragments) co_await leave_open(*to, all);
    auto in = (co_await store.open_reader("s")).value();
    auto held = (co_await in->open_cursor("slow")).value();
    (co_await held->move(position{0, held_from, 0})).value();
    (co_await to->close()).value();
    std::vector<log::path> segments;
    for (const auto& each : std::filesystem::directory_iterator(folder / "s" / "p=0"))
        if (each.path().extension() == ".log") segments.push_back(each.path());
    std::ofstream(std::ranges::max(segments), std::ios::binary | std::ios::app) << "torn";
}

/// Everything that may be asked of the stream; what fails is told and not in the way of the rest.
task<void> look_around(log_store store, promised& so_far) {
    const auto keep = [&so_far](const auto& answer) {
        if (!answer) so_far.told.push_back(answer.error());
    };
    const auto in = co_await store.open_reader("s");
    keep(in);
    if (in) {
        const auto bounds = co_await (*in)->bounds(0);
        keep(bounds);
        if (bounds) so_far.seen = std::max(so_far.seen, bounds->end.sequence);
    }
    const auto names = co_await store.list();
    keep(names);
    const auto info = co_await store.info("s");
    keep(info);
    const auto progress = co_await store.progress("s");
    keep(progress);
    if (progress) BOOST_TEST((*progress)[0] == "progress");
    const auto cursors = co_await store.cursors("s");
    keep(cursors);
    const auto verdict = co_await store.verify("s");
    keep(verdict);
    if (!verdict) co_return;
    for (const std::string& problem : verdict->problems) {
        failure why;
        why.where = problem;
        so_far.told.push_back(why);
    }
}

/// Recovers, retains, rolls, is looked at, moves the cursor, reserves and releases, trims.
task<void> live(log_store store, const story& of, promised& so_far) {
    const auto keep = [&so_far](const auto& answer) {
        if (!answer) so_far.told.push_back(answer.error());
        return static_cast<bool>(answer);
    };
    auto opened = co_await store.open_writer("s", small_segments());
    if (keep(opened)) {
        const bool may_go_on = co_await give_up_open(**opened, so_far);
        if (may_go_on) co_await append_events(**opened, during, of.fragments, so_far);
        if (of.fragments && so_far.told.empty()) co_await leave_open(**opened, so_far);
        const auto closed = co_await (*opened)->close();
        keep(closed);
    }
    co_await look_around(store, so_far);
    auto in = co_await store.open_reader("s");
    if (keep(in)) {
        auto held = co_await (*in)->open_cursor("quick");
        if (keep(held)) {
            const auto moved = co_await (*held)->move(position{0, before, of.fragments ? 70 : 0});
            keep(moved);
        }
    }
    const auto reserved = co_await store.reserve("s", "transfer");
    keep(reserved);
    const auto released = co_await store.release("s");
    keep(released);
    log_trim_request request;
    request.keep.bytes = 1;
    const auto trimmed = co_await store.trim("s", request);
    keep(trimmed);
    const auto removed = co_await store.remove_cursor("s", "quick");
    if (!removed && removed.error().code != stream_errc::no_such_cursor) keep(removed);
}

/// Without failures everything promised is there, and it goes on.
task<void> goes_on(log_store store, const promised& so_far) {
    const auto released = co_await store.release("s");
    BOOST_TEST_REQUIRE(released.has_value(), released.error().where);
    auto opened = co_await store.open_writer("s", small_segments());
    BOOST_TEST_REQUIRE(opened.has_value(), opened.error().where);
    BOOST_TEST_REQUIRE(
        (*opened)->tail(0).end.sequence >= std::max(so_far.acknowledged, so_far.seen)
    );
    promised more;
    more.given_up = so_far.given_up;
    co_await give_up_open(**opened, more);
    const position end = (*opened)->tail(0).end;
    co_await append_events(**opened, 2, false, more);
    BOOST_TEST_REQUIRE(more.told.empty());
    (co_await (*opened)->close()).value();
    const auto kept = co_await whole_events_but(store, more.given_up);
    BOOST_TEST_REQUIRE(kept.first <= held_from);
    BOOST_TEST_REQUIRE(kept.second == end.sequence + 2);
    const log_verdict verdict = (co_await store.verify("s")).value();
    for (const std::string& problem : verdict.problems)
        BOOST_ERROR(problem);
    const auto names = (co_await store.list()).value();
    BOOST_TEST(names.size() == 1u);
    (co_await store.remove("s")).value();
}

/// Of a failure that was told: it is the one that happened, and its file is named.
void is_clear(const failure& why, const fault& plan, const log::path& folder) {
    const bool named = why.where.find("planted") != std::string::npos &&
                       why.where.find(folder.string()) != std::string::npos;
    BOOST_TEST_REQUIRE(named, why.where);
    if (why.code) BOOST_TEST_REQUIRE((why.code == plan.code), why.where << ": " << why.code);
}

/// In which way calls fail.
struct failing_way {
    errc code = errc::io_error;
    bool for_good = false;
};

/// For each call there is. Which kinds of calls those were.
std::set<std::string> live_while_each_call_fails(const story& of, const failing_way& way) {
    std::set<std::string> kinds;
    for (int n = 1;; ++n)
        BOOST_TEST_CONTEXT(of << ", call " << n << (way.for_good ? " and all behind it" : "")) {
            log_fixture at;
            fault plan;
            plan.code = way.code;
            plan.everything = true;
            plan.for_good = way.for_good;
            failing_files files(plan);
            const auto on = at.context.get_executor();
            log_store store(at.folder, on, on, files);
            at.run(make_torn(store, of, at.folder));
            promised so_far{before};
            plan.at = n;
            at.run(live(store, of, so_far));
            const bool failed = plan.at == 0;
            plan.at = -1;
            for (const failure& each : so_far.told)
                is_clear(each, plan, at.folder);
            BOOST_TEST_REQUIRE((failed || so_far.told.empty()));
            BOOST_TEST_REQUIRE((!so_far.told.empty() || so_far.acknowledged == of.end()));
            const bool locks = plan.file.filename() == "LOCK"; // whose holder would not be alone
            BOOST_TEST_REQUIRE((!locks || !so_far.told.empty()));
            at.run(goes_on(store, so_far));
            if (!failed) return kinds;
            kinds.insert(plan.kind);
        }
}

const std::set<std::string> every_call{
    "close",
    "cut",
    "list",
    "make",
    "make_directory",
    "modified",
    "open",
    "network_of",
    "read",
    "remove",
    "rename",
    "reserve",
    "room_of",
    "size",
    "sync",
    "sync_directory",
    "try_lock",
    "wait_for_lock",
    "write"};

void live_in_ways(const story& of, std::vector<failing_way> some) {
    if (std::getenv("SLUICE_EVERY_CALL")) {
        some.clear();
        for (const errc code : {errc::io_error, errc::disk_full})
            for (const bool for_good : {false, true})
                some.push_back({code, for_good});
    }
    for (const failing_way& way : some) {
        const auto met = live_while_each_call_fails(of, way);
        BOOST_TEST(met == every_call, boost::test_tools::per_element());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_every_call)

BOOST_AUTO_TEST_CASE(whichever_fails_is_told_and_nothing_promised_is_lost) {
    live_in_ways({}, {{errc::io_error, false}, {errc::disk_full, true}});
    live_in_ways({"zstd"}, {{errc::disk_full, false}, {errc::io_error, true}});
}

BOOST_AUTO_TEST_CASE(nor_where_events_are_in_pieces_left_open_and_given_up) {
    live_in_ways({"none", false, true}, {{errc::disk_full, false}, {errc::io_error, true}});
    live_in_ways({"zstd", false, true}, {{errc::io_error, false}});
}

BOOST_AUTO_TEST_CASE(nor_of_a_relaxed_stream_while_the_power_stays) {
    live_in_ways({"none", true, true}, {{errc::io_error, false}});
    live_in_ways({"zstd", true, false}, {{errc::disk_full, false}});
}

BOOST_AUTO_TEST_SUITE_END()
