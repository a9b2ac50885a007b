// Giving up what is damaged, when the power fails at any call of it, and again at any call of the
// next try.
#include "crash_disk.hpp"
#include "log_fixture.hpp"

#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>

using namespace sluice;
using namespace sluice::test;

namespace {

/// What happens to a stream of several segments. Told: the segments, the oldest first, and the file
/// of the watermark.
using damage = std::function<
    void(crash_disk& disk, const std::vector<log::path>& segments, const log::path& mark)>;

constexpr std::int64_t appended = 24; ///< events, each of which was acknowledged

/// A stream of small segments, closed and damaged.
struct damaged_stream {
    damaged_stream(unsigned seed, const damage& happens)
        : disk(seed), store(at.folder, at.context.get_executor(), at.context.get_executor(), disk) {
        at.run(fill());
        disk.restart();
        std::vector<log::path> segments;
        for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
            if (each.path().extension() == ".log") segments.push_back(each.path());
        std::ranges::sort(segments);
        BOOST_TEST_REQUIRE(segments.size() > 3u);
        happens(disk, segments, at.folder / "s" / "p=0" / "watermark");
    }

    task<void> fill() {
        (co_await store.create("s", log_create_options())).value();
        log_writer_options options;
        options.segment_bytes = 900;
        auto to = (co_await store.open_writer("s", options)).value();
        for (std::int64_t n = 0; n < appended; ++n) {
            const auto built = small_events(position{0, n, 0}, 1, 100);
            const auto steps = steps_of(built);
            (co_await to->append(0, steps)).value();
        }
        (co_await to->close()).value();
    }

    /// Gives up, and dies at the n-th change; false when it came to its end before.
    bool give_up_until(int n) {
        disk.fail_at(n);
        auto work = [&]() -> task<void> {
            const auto done = co_await store.give_up_damaged("s", false);
            BOOST_TEST_REQUIRE((done || disk.failed()), done.error().where);
        };
        at.run(work());
        const bool died = disk.failed();
        disk.restart();
        return died;
    }

    /// Gives up what is still to be given up, goes on, and reads everything. Returns where the
    /// stream begins and ends then.
    std::pair<std::int64_t, std::int64_t> mend_and_look() {
        std::pair<std::int64_t, std::int64_t> seen;
        auto work = [&]() -> task<void> {
            const auto done = co_await store.give_up_damaged("s", false);
            BOOST_TEST_REQUIRE(done.has_value(), done.error().where);
            const auto again = (co_await store.give_up_damaged("s", true)).value();
            BOOST_TEST_REQUIRE(again.empty());
            log_writer_options options;
            auto opened = co_await store.open_writer("s", options);
            BOOST_TEST_REQUIRE(opened.has_value(), opened.error().where);
            const position end = (*opened)->tail(0).end;
            const auto more = small_events(end, 2, 30);
            const auto steps = steps_of(more);
            (co_await (*opened)->append(0, steps)).value();
            (co_await (*opened)->close()).value();
            seen = co_await whole_events(store);
            BOOST_TEST_REQUIRE(seen.second == end.sequence + 2);
            const log_verdict verdict = (co_await store.verify("s")).value();
            for (const std::string& problem : verdict.problems)
                BOOST_ERROR(problem);
        };
        at.run(work());
        return seen;
    }

    log_fixture at;
    crash_disk disk;
    log_store store;
};

/// However it dies, the next one gives up the same and nothing else. Returns how many ways there
/// were.
int die_everywhere_while_giving_up(const damage& happens) {
    const auto expected = damaged_stream(1, happens).mend_and_look();
    BOOST_TEST_REQUIRE(expected.second >= appended + 2); // no sequence was used twice
    int ways = 0;
    bool died = true;
    for (int first = 1; died; ++first) {
        bool died_again = true;
        for (int second = 1; died && died_again; ++second, ++ways)
            BOOST_TEST_CONTEXT("calls " << first << " and " << second) {
                damaged_stream under_test(static_cast<unsigned>(first * 101 + second), happens);
                died = under_test.give_up_until(first);
                died_again = died && under_test.give_up_until(second);
                const auto seen = under_test.mend_and_look();
                BOOST_TEST_REQUIRE(seen.first == expected.first);
                BOOST_TEST_REQUIRE(seen.second == expected.second);
            }
    }
    return ways;
}

constexpr std::size_t in_a_batch = 400; ///< of a segment: behind its header, before its end

} // namespace

BOOST_AUTO_TEST_SUITE(log_mend_crashes)

BOOST_AUTO_TEST_CASE(of_the_last_segment) {
    const damage last = [](crash_disk& disk, const auto& segments, const log::path&) {
        disk.spoil(segments.back(), in_a_batch);
    };
    BOOST_TEST(die_everywhere_while_giving_up(last) > 50);
}

BOOST_AUTO_TEST_CASE(of_one_in_the_middle) {
    const damage middle = [](crash_disk& disk, const auto& segments, const log::path&) {
        disk.spoil(segments[segments.size() / 2], in_a_batch);
    };
    BOOST_TEST(die_everywhere_while_giving_up(middle) > 10);
}

BOOST_AUTO_TEST_CASE(of_one_that_is_missing) {
    const damage missing = [](crash_disk& disk, const auto& segments, const log::path&) {
        disk.lose(segments[segments.size() - 2]);
    };
    BOOST_TEST(die_everywhere_while_giving_up(missing) > 10);
}

BOOST_AUTO_TEST_CASE(of_the_last_one_when_the_watermark_is_gone_too) {
    const damage both = [](crash_disk& disk, const auto& segments, const log::path& mark) {
        disk.spoil(segments.back(), in_a_batch);
        disk.lose(mark);
    };
    BOOST_TEST(die_everywhere_while_giving_up(both) > 50);
}

BOOST_AUTO_TEST_SUITE_END()
