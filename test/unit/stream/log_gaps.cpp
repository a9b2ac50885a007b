// The embedded log: readers get past what nobody may see.
#include "log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <vector>

using namespace sluice;
using namespace sluice::test;

namespace {

task<void> append_to(writer& to, std::vector<append_step> steps) {
    auto done = co_await to.append(0, steps);
    done.value();
}

/// Begins an event that fills a segment of its own, and gives it up.
task<void> give_up_a_large_one(writer& to) {
    const auto large = large_event(to.tail(0).end, 3 << 20);
    auto begun = steps_of(large);
    begun.pop_back();
    co_await append_to(to, std::move(begun));
    auto given_up = co_await to.abandon_open_event(0);
    given_up.value();
}

/// The first position of each block that a reader gives out, and where the last one leads.
task<std::vector<std::int64_t>> path_through(reader& in) {
    auto bounds = co_await in.bounds(0);
    const position end = bounds.value().end;
    std::vector<std::int64_t> path;
    position from;
    while (from < end) {
        auto outlined = co_await in.outline(from, end);
        const block_outline outline = outlined.value();
        if (outline.next == from) break;
        byte_vector body(outline.body_bytes);
        auto read = co_await in.read(outline, body);
        read.value();
        path.push_back(outline.next.sequence);
        from = outline.next;
    }
    co_return path;
}

std::unique_ptr<writer> new_writer(log_fixture& at, std::uint64_t segment_bytes) {
    auto open = [&]() -> task<std::unique_ptr<writer>> {
        auto store = at.store();
        log_create_options fresh;
        auto made = co_await store.create("s", fresh);
        made.value();
        log_writer_options options;
        options.segment_bytes = segment_bytes;
        auto opened = co_await store.open_writer("s", options);
        co_return std::move(opened.value());
    };
    return at.run(open());
}

std::unique_ptr<reader> new_reader(log_fixture& at) {
    auto open = [&]() -> task<std::unique_ptr<reader>> {
        auto store = at.store();
        auto opened = co_await store.open_reader("s");
        co_return std::move(opened.value());
    };
    return at.run(open());
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_gaps)

BOOST_AUTO_TEST_CASE(readers_pass_any_number_of_segments_that_show_nothing) {
    log_fixture at;
    const auto to = new_writer(at, 1 << 20);
    const auto old = new_reader(at);
    const auto fresh = new_reader(at); // looks only when it is asked
    auto play = [&]() -> task<void> {
        const auto first = small_events(position{}, 2, 10, 1 << 10);
        co_await append_to(*to, steps_of(first));
        const std::vector<std::int64_t> before{2};
        auto path = co_await path_through(*old); // it knows the segments of now
        BOOST_TEST(path == before);
        for (int n = 0; n < 5; ++n)
            co_await give_up_a_large_one(*to);
        const auto last = small_events(to->tail(0).end, 1, 10);
        co_await append_to(*to, steps_of(last));

        const std::vector<std::int64_t> all{2, 8};
        path = co_await path_through(*old);
        BOOST_TEST(path == all);
        path = co_await path_through(*fresh);
        BOOST_TEST(path == all);
        auto print = co_await fresh->fingerprint(position{0, 7, 0});
        const auto second = small_events(position{0, 1, 0}, 1, 10);
        BOOST_TEST(print.value() == second.front().batch.body_crc64.value());
        auto closed = co_await to->close();
        closed.value();
    };
    at.run(play());
}

BOOST_AUTO_TEST_CASE(segments_of_progress_alone_are_passed_too) {
    log_fixture at;
    const auto to = new_writer(at, 4 << 10);
    auto play = [&]() -> task<void> {
        for (int n = 0; n < 40; ++n) {
            append_step step;
            step.progress = std::string(500, static_cast<char>('a' + n % 26));
            std::vector<append_step> one(1, step);
            co_await append_to(*to, std::move(one));
        }
        const auto last = small_events(position{}, 3, 10, 1 << 10);
        co_await append_to(*to, steps_of(last));
        auto closed = co_await to->close();
        closed.value();
    };
    at.run(play());
    const auto in = new_reader(at);
    const std::vector<std::int64_t> all{3};
    BOOST_TEST(at.run(path_through(*in)) == all);
}

BOOST_AUTO_TEST_SUITE_END()
