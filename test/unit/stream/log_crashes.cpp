// The embedded log when the power fails, at any call, also while it recovers.
#include "crash_disk.hpp"
#include "log_fixture.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace sluice;
using namespace sluice::test;

namespace {

/// What a run of the writer knew when the power failed.
struct known {
    std::int64_t acknowledged = 0; ///< sequence
    std::int64_t seen = 0;         ///< by a reader
    std::string refused;           ///< why the stream could not be opened or closed
};

/// Steps of one event each whose progress names the position behind it.
std::vector<append_step> some_steps(const std::vector<batch_builder::built>& built) {
    std::vector<append_step> steps = steps_of(built);
    for (append_step& each : steps)
        if (each.batch.next.sequence % 3 != 0) each.progress = to_string(each.batch.next);
    return steps;
}

task<void> append_once(writer& to, const std::vector<append_step>& steps, known& so_far) {
    const auto done = co_await to.append(0, steps);
    if (done) so_far.acknowledged = std::max(so_far.acknowledged, steps.back().batch.next.sequence);
}

task<void> look(log_store store, known& so_far) {
    auto in = co_await store.open_reader("s");
    if (!in) co_return;
    const auto bounds = co_await (*in)->bounds(0);
    if (bounds) so_far.seen = std::max(so_far.seen, bounds->end.sequence);
}

/// Opens, appends two at a time, until the power fails or `count` are in.
task<void>
work(log_store store, any_io_executor on, std::mt19937& random, int count, known& so_far) {
    log_writer_options options;
    options.segment_bytes = 900;
    auto opened = co_await store.open_writer("s", options);
    if (!opened) {
        so_far.refused = opened.error().where;
        co_return;
    }
    std::unique_ptr<writer> to = std::move(*opened);
    for (int n = 0; n < count; ++n) {
        const position from = to->tail(0).end;
        const int events = 1 + static_cast<int>(random() % 3);
        const auto first = small_events(from, events, random() % 400);
        const auto second = small_events(position{0, from.sequence + events, 0}, 1, 50);
        const auto first_steps = some_steps(first), second_steps = some_steps(second);
        task_group both(on);
        both.spawn([&] { return append_once(*to, first_steps, so_far); });
        both.spawn([&] { return append_once(*to, second_steps, so_far); });
        co_await both.join();
        co_await look(store, so_far);
    }
    const auto closed = co_await to->close();
    if (!closed) so_far.refused = closed.error().where;
}

/// After the last restart: nothing known is lost, everything checks, and it goes on.
task<void> check_all(log_store store, const known& so_far) {
    log_writer_options options;
    auto opened = co_await store.open_writer("s", options);
    BOOST_TEST_REQUIRE(opened.has_value(), opened.error().where);
    const partition_tail tail = (*opened)->tail(0);
    BOOST_TEST_REQUIRE(tail.end.sequence >= so_far.acknowledged);
    BOOST_TEST_REQUIRE(tail.end.sequence >= so_far.seen);
    std::int64_t with_progress = tail.end.sequence;
    while (with_progress > 0 && with_progress % 3 == 0)
        --with_progress;
    const std::string expected =
        with_progress > 0 ? to_string(position{0, with_progress, 0}) : std::string();
    BOOST_TEST_REQUIRE(tail.last_progress == expected);
    const auto more = small_events(tail.end, 2, 30);
    const auto steps = some_steps(more);
    (co_await (*opened)->append(0, steps)).value();
    (co_await (*opened)->close()).value();
    BOOST_TEST_REQUIRE((co_await whole_events(store)).second == tail.end.sequence + 2);
    const log_verdict verdict = (co_await store.verify("s")).value();
    for (const std::string& problem : verdict.problems)
        BOOST_ERROR(problem);
}

/// Up to four power failures, the later ones mostly during recovery; then everything is checked.
void live_through(log_fixture& at, any_io_executor blocking, unsigned seed) {
    crash_disk disk(seed);
    std::mt19937 random(seed);
    log_store store(at.folder, at.context.get_executor(), std::move(blocking), disk);
    auto make = [&]() -> task<void> { (co_await store.create("s", log_create_options())).value(); };
    at.run(make());
    known so_far;
    for (unsigned level = 0; level < 1 + seed % 4; ++level) {
        disk.fail_at(1 + static_cast<int>(random() % (level == 0 ? 60 : 12)));
        so_far.refused.clear();
        at.run(work(store, at.context.get_executor(), random, 12, so_far));
        BOOST_TEST_REQUIRE((so_far.refused.empty() || disk.failed()), so_far.refused);
        if (level == 0 && seed % 2 == 0) {
            // Somebody reads what the next one finds, and then the power fails.
            disk.revive();
            at.run(work(store, at.context.get_executor(), random, 0, so_far));
            at.run(look(store, so_far));
        }
        disk.restart();
    }
    at.run(check_all(store, so_far));
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_crashes)

BOOST_AUTO_TEST_CASE(whenever_the_power_fails_nothing_acknowledged_or_seen_is_lost) {
    for (unsigned seed = 1; seed <= 250; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed) {
            log_fixture at;
            live_through(at, at.context.get_executor(), seed); // one thread: a seed is a story
        }
}

namespace {

/// One life of a writer that appends `count` times and dies at its n-th change; false when it ended
/// before.
bool live_until(
    log_fixture& at, log_store& store, crash_disk& disk, int count, int n, known& so_far
) {
    std::mt19937 random(5); // the same appends every time
    disk.fail_at(n);
    so_far.refused.clear();
    at.run(work(store, at.context.get_executor(), random, count, so_far));
    BOOST_TEST_REQUIRE((so_far.refused.empty() || disk.failed()), so_far.refused);
    const bool died = disk.failed();
    disk.restart();
    return died;
}

/// Dies at `first` while it appends, at `second` while it recovers from that, at `third` while it
/// recovers from that again, and at `fourth` of the recovery after that. Tells how many of the four
/// were reached.
int die_four_times(const std::string& codec, int first, int second, int third, int fourth) {
    log_fixture at;
    const auto seed = static_cast<unsigned>(first * 10'007 + second * 101 + third);
    crash_disk disk(seed);
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, disk);
    auto make = [&]() -> task<void> {
        log_create_options options;
        options.codec = codec;
        (co_await store.create("s", options)).value();
    };
    at.run(make());
    known so_far;
    int reached = 0;
    if (live_until(at, store, disk, 3, first, so_far)) ++reached;
    if (reached == 1 && live_until(at, store, disk, 0, second, so_far)) ++reached;
    if (reached == 2 && live_until(at, store, disk, 0, third, so_far)) ++reached;
    if (reached == 3 && live_until(at, store, disk, 0, fourth, so_far)) ++reached;
    at.run(check_all(store, so_far));
    return reached;
}

/// Every combination of calls at which three lives in a row can end; of one of `classes` of them
/// also every call at which the fourth one can, of the others one.
int die_everywhere(const std::string& codec, int classes) {
    int lives = 0;
    for (int first = 1, reached = 4; reached > 0; ++first)
        for (int second = 1; true; ++second) {
            for (int third = 1; true; ++third) {
                const int sum = first + second + third;
                const bool everywhere = sum % classes == 0;
                for (int fourth = everywhere ? 1 : 1 + sum % 8; true; ++fourth) {
                    reached = die_four_times(codec, first, second, third, fourth);
                    ++lives;
                    if (reached < 4 || !everywhere) break;
                }
                if (reached < 3) break;
            }
            if (reached < 2) break;
        }
    return lives;
}

/// SLUICE_EVERY_DEATH=1: also every call of a third recovery.
int classes_of_deaths() {
    return std::getenv("SLUICE_EVERY_DEATH") ? 1 : 29;
}

} // namespace

BOOST_AUTO_TEST_CASE(it_dies_at_every_call_and_at_every_call_of_two_recoveries) {
    BOOST_TEST(die_everywhere("none", classes_of_deaths()) > 500);
}

BOOST_AUTO_TEST_CASE(a_stream_of_frames_dies_at_every_call_too) {
    BOOST_TEST(die_everywhere("zstd", classes_of_deaths()) > 500);
}

BOOST_AUTO_TEST_CASE(a_stream_is_created_whole_or_can_be_created_again) {
    for (int n = 1; true; ++n) {
        log_fixture at;
        crash_disk disk(static_cast<unsigned>(n));
        const auto on = at.context.get_executor();
        log_store store(at.folder, on, on, disk);
        disk.fail_at(n);
        auto make = [&]() -> task<error_code> {
            const auto made = co_await store.create("s", log_create_options());
            co_return made ? error_code() : made.error().code;
        };
        at.run(make());
        const bool died = disk.failed();
        disk.restart();
        const error_code again = at.run(make());
        BOOST_TEST_REQUIRE((!again || again == stream_errc::stream_exists), "call " << n);
        known so_far;
        std::mt19937 random(1);
        at.run(work(store, on, random, 2, so_far));
        BOOST_TEST_REQUIRE(so_far.acknowledged > 0, "call " << n << ": " << so_far.refused);
        if (!died) return;
    }
}

BOOST_AUTO_TEST_CASE(the_first_stream_of_a_new_directory_outlives_the_power) {
    for (unsigned seed = 0; seed < 110; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed) {
            log_fixture at;
            crash_disk disk(seed);
            const auto on = at.context.get_executor();
            log_store store(at.folder / "data" / "streams", on, on, disk);
            auto make = [&]() -> task<error_code> {
                const auto made = co_await store.create("s", log_create_options());
                co_return made ? error_code() : made.error().code;
            };
            // Of some, a first try died, and the directories that it made are not durable yet.
            disk.fail_at(static_cast<int>(seed) % 22);
            error_code made = at.run(make());
            if (disk.failed()) {
                disk.revive();
                made = at.run(make());
            }
            disk.fail_at(0);
            BOOST_TEST_REQUIRE((!made || made == stream_errc::stream_exists), made.message());
            known so_far;
            std::mt19937 random(seed);
            at.run(work(store, on, random, 2, so_far));
            BOOST_TEST_REQUIRE(so_far.acknowledged > 0, so_far.refused);
            disk.restart();
            at.run(check_all(store, so_far));
        }
}

BOOST_AUTO_TEST_CASE(it_is_the_same_when_syncs_run_beside_writes) {
    for (unsigned seed = 1001; seed <= 1150; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed) {
            log_fixture at;
            live_through(at, at.blocking.get_executor(), seed);
        }
}

BOOST_AUTO_TEST_CASE(cursors_and_epochs_outlive_the_power) {
    for (unsigned seed = 1; seed <= 60; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed) {
            log_fixture at;
            crash_disk disk(seed);
            const auto on = at.context.get_executor();
            log_store store(at.folder, on, on, disk);
            auto before = [&]() -> task<void> {
                (co_await store.create("s", log_create_options())).value();
                log_writer_options options;
                for (int n = 0; n < 3; ++n) {
                    auto to = (co_await store.open_writer("s", options)).value();
                    (co_await to->close()).value();
                }
                auto in = (co_await store.open_reader("s")).value();
                auto held = (co_await in->open_cursor("export")).value();
                (co_await held->move(position{0, 4, 2})).value();
                (co_await held->move(position{0, 9, 0})).value();
            };
            at.run(before());
            disk.restart();
            auto after = [&]() -> task<void> {
                BOOST_TEST_REQUIRE((co_await store.info("s")).value().writer_epoch == 3u);
                auto in = (co_await store.open_reader("s")).value();
                const auto held = (co_await in->open_cursor("export")).value();
                BOOST_TEST_REQUIRE((held->at(0) == position{0, 9, 0}));
            };
            at.run(after());
        }
}

BOOST_AUTO_TEST_CASE(the_disk_of_these_tests_does_lose_things) {
    log_fixture at;
    const auto name = at.folder / "file";
    bool lost = false, torn = false;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        crash_disk disk(seed);
        auto opened = disk.open(name, log::open_mode::create).value();
        disk.sync_directory(at.folder).value();
        const std::string first(200, '1'), second(200, '2');
        const bytes_view one[] = {as_bytes(first)}, two[] = {as_bytes(second)};
        opened->write(0, one).value();
        opened->sync().value();
        opened->write(200, two).value();
        disk.restart();
        const byte_vector kept = log::read_small(log::real_files(), name).value();
        BOOST_TEST_REQUIRE(as_text(kept).substr(0, 200) == first);
        lost = lost || kept.size() == 200;
        torn = torn || (kept.size() > 200 && as_text(kept).substr(200) != second);
        opened.reset();
        std::filesystem::remove(name);
    }
    BOOST_TEST(lost);
    BOOST_TEST(torn);
}

BOOST_AUTO_TEST_SUITE_END()
