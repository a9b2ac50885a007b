// The embedded log: readers get past what nobody may see.
#include "log_fixture.hpp"

#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
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

/// Where the blocks end, and why there, that a new reader gives out.
struct reading {
    std::int64_t end = 0;
    error_code stopped;
};
task<reading> read_through(log_store store) {
    auto opened = co_await store.open_reader("s");
    reader& in = *opened.value();
    auto bounds = co_await in.bounds(0);
    const position end = bounds.value().end;
    position from;
    while (from < end) {
        auto outlined = co_await in.outline(from, end);
        if (!outlined) co_return reading{from.sequence, outlined.error().code};
        if (outlined->next == from) break;
        from = outlined->next;
    }
    co_return reading{from.sequence, error_code()};
}

/// The last `count` segments leave, and come back with the object.
class without_segments {
  public:
    without_segments(const log_fixture& at, std::size_t count) {
        std::vector<std::filesystem::path> all;
        for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
            if (each.path().extension() == ".log") all.push_back(each.path());
        std::ranges::sort(all);
        for (std::size_t n = all.size() - std::min(count, all.size()); n < all.size(); ++n)
            gone_.push_back(all[n]);
        for (const auto& each : gone_)
            std::filesystem::rename(each, aside(each));
    }
    ~without_segments() {
        for (const auto& each : gone_)
            std::filesystem::rename(aside(each), each);
    }
    without_segments(const without_segments&) = delete;
    without_segments& operator=(const without_segments&) = delete;
    /// The sequence that the first of them begins with: the second half of its name.
    std::int64_t first() const {
        const std::string name = gone_.front().stem().string();
        return std::stoll(name.substr(name.find('-') + 1));
    }

  private:
    static std::filesystem::path aside(std::filesystem::path name) { return name += ".aside"; }

    std::vector<std::filesystem::path> gone_;
};

std::unique_ptr<writer>
new_writer(log_fixture& at, std::uint64_t segment_bytes, const log_create_options& fresh = {}) {
    auto open = [&]() -> task<std::unique_ptr<writer>> {
        auto store = at.store();
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

BOOST_AUTO_TEST_CASE(readers_get_to_where_segments_are_gone_and_are_told) {
    log_fixture at;
    auto to = new_writer(at, 1 << 20);
    for (int n = 0; n < 6; ++n)
        at.run(append_to(*to, steps_of(small_events(to->tail(0).end, 1, 900'000))));
    const reading whole = at.run(read_through(at.store()));
    BOOST_TEST(whole.end == 6);
    BOOST_TEST(!whole.stopped);
    for (const std::size_t lost : {std::size_t{1}, std::size_t{2}, std::size_t{100}}) {
        const without_segments gone(at, lost);
        const reading left = at.run(read_through(at.store()));
        BOOST_TEST(left.end == gone.first());
        BOOST_TEST((left.stopped == stream_errc::damaged), lost << " segments");
    }
    BOOST_TEST(at.run(read_through(at.store())).end == 6);
}

BOOST_AUTO_TEST_CASE(where_nothing_was_promised_what_is_gone_is_the_end) {
    log_fixture at;
    log_create_options relaxed;
    relaxed.relaxed = true;
    auto to = new_writer(at, 1 << 20, relaxed);
    for (int n = 0; n < 3; ++n)
        at.run(append_to(*to, steps_of(small_events(to->tail(0).end, 1, 900'000))));
    for (const std::size_t lost : {std::size_t{1}, std::size_t{100}}) {
        const without_segments gone(at, lost);
        const reading left = at.run(read_through(at.store()));
        BOOST_TEST(left.end == gone.first());
        BOOST_TEST(!left.stopped);
    }
}

BOOST_AUTO_TEST_SUITE_END()
