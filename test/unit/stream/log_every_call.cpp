// The embedded log while any call to the disk fails, also those that only look, once or for good.
//
// SLUICE_EVERY_CALL=1: with both codecs in every way; else some ways of the second one are left
// out.
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

/// What was promised until the disk failed, and how that was told.
struct promised {
    std::int64_t acknowledged = 0; ///< sequence
    std::int64_t seen = 0;         ///< by a reader
    std::vector<failure> told = {};
};

log_writer_options small_segments() {
    log_writer_options options;
    options.segment_bytes = 700;
    return options;
}

task<void> append_events(writer& to, int count, promised& so_far) {
    for (int n = 0; n < count; ++n) {
        const auto built = small_events(to.tail(0).end, 1, 200);
        const auto steps = steps_of(built, "progress");
        const auto done = co_await to.append(0, steps);
        if (!done) {
            so_far.told.push_back(done.error());
            co_return;
        }
        so_far.acknowledged = to.tail(0).end.sequence;
    }
}

/// A stream that keeps little; a cursor; a writer that died in the middle of a batch.
task<void> make_torn(log_store store, std::string codec, log::path folder) {
    log_create_options options;
    options.codec = codec;
    options.retention.bytes = 900;
    (co_await store.create("s", options)).value();
    auto to = (co_await store.open_writer("s", small_segments())).value();
    promised all;
    co_await append_events(*to, before, all);
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
task<void> live(log_store store, promised& so_far) {
    const auto keep = [&so_far](const auto& answer) {
        if (!answer) so_far.told.push_back(answer.error());
        return static_cast<bool>(answer);
    };
    auto opened = co_await store.open_writer("s", small_segments());
    if (keep(opened)) {
        co_await append_events(**opened, during, so_far);
        const auto closed = co_await (*opened)->close();
        keep(closed);
    }
    co_await look_around(store, so_far);
    auto in = co_await store.open_reader("s");
    if (keep(in)) {
        auto held = co_await (*in)->open_cursor("quick");
        if (keep(held)) {
            const auto moved = co_await (*held)->move(position{0, before, 0});
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
    const position end = (*opened)->tail(0).end;
    BOOST_TEST_REQUIRE(end.sequence >= std::max(so_far.acknowledged, so_far.seen));
    promised more;
    co_await append_events(**opened, 2, more);
    BOOST_TEST_REQUIRE(more.told.empty());
    (co_await (*opened)->close()).value();
    const auto kept = co_await whole_events(store);
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

/// For each call there is. Which kinds of calls those were.
std::set<std::string> live_while_each_call_fails(const char* codec, errc code, bool for_good) {
    std::set<std::string> kinds;
    for (int n = 1;; ++n)
        BOOST_TEST_CONTEXT(codec << ", call " << n << (for_good ? " and all behind it" : "")) {
            log_fixture at;
            fault plan;
            plan.code = code;
            plan.everything = true;
            plan.for_good = for_good;
            failing_files files(plan);
            const auto on = at.context.get_executor();
            log_store store(at.folder, on, on, files);
            at.run(make_torn(store, codec, at.folder));
            promised so_far{before};
            plan.at = n;
            at.run(live(store, so_far));
            const bool failed = plan.at == 0;
            plan.at = -1;
            for (const failure& each : so_far.told)
                is_clear(each, plan, at.folder);
            BOOST_TEST_REQUIRE((failed || so_far.told.empty()));
            BOOST_TEST_REQUIRE((!so_far.told.empty() || so_far.acknowledged == before + during));
            const bool locks = plan.file.filename() == "LOCK"; // whose holder would not be alone
            BOOST_TEST_REQUIRE((!locks || !so_far.told.empty()));
            at.run(goes_on(store, so_far));
            if (!failed) return kinds;
            kinds.insert(plan.kind);
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_every_call)

BOOST_AUTO_TEST_CASE(whichever_fails_is_told_and_nothing_promised_is_lost) {
    const std::set<std::string> every{
        "close",
        "cut",
        "list",
        "make",
        "make_directory",
        "modified",
        "network_of",
        "open",
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
    for (const char* codec : {"none", "zstd"})
        for (const errc code : {errc::io_error, errc::disk_full})
            for (const bool for_good : {false, true}) {
                const auto met = live_while_each_call_fails(codec, code, for_good);
                BOOST_TEST(met == every, boost::test_tools::per_element());
            }
}

BOOST_AUTO_TEST_SUITE_END()
