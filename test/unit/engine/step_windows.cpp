// Blocks on their way to several destinations: nobody waits for a lane that ends before the others,
// not even until a timer tells. Nothing here depends on time: what is ready is run, no more.
#include "../src/io/step_window.hpp"

#include <sluice/base/event.hpp>
#include <sluice/base/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>

using namespace sluice;

namespace {

constexpr lane_id left{1}, right{2}, third{3};

/// A stream of blocks of a thousand bytes, whose reading takes until `go_on`.
struct slow_stream final : reader {
    explicit slow_stream(any_io_executor on) : go_on(std::move(on)) {}

    const stream_description& description() const override { return what; }
    task<result<stream_bounds>> bounds(std::uint32_t) override { co_return stream_bounds(); }
    task<result<block_outline>> outline(position from, position) override {
        block_outline block;
        block.first = block.next = from;
        block.next.sequence += 10;
        block.records = block.events = 10;
        block.body_bytes = 1000;
        block.on_grid = true;
        co_return block;
    }
    task<result<void>> read(const block_outline&, bytes_span) override {
        ++readings;
        co_await go_on.wait();
        co_await boost::asio::post(use_awaitable); // throws when the lane was cut
        co_return result<void>();
    }
    task<result<std::uint64_t>> fingerprint(position) override { co_return 0; }
    task<result<position>> wait_beyond(position than, deadline) override { co_return than; }
    task<result<std::unique_ptr<cursor>>> open_cursor(std::string) override {
        co_return std::unique_ptr<cursor>();
    }

    stream_description what;
    pulse go_on;
    unsigned readings = 0;
};

format_context context_of_partition() {
    format_context context;
    context.stream = "orders";
    return context;
}

/// Two lanes that send the same object.
struct two_lanes {
    boost::asio::io_context on;
    slow_stream stream{on.get_executor()};
    block_cache cache{1 << 20};
    block_source source{stream, cache, 0, object_encoding(), context_of_partition(), position()};
    line_book lines;
    step_window window;
    std::optional<step_window::seat> a, b;

    explicit two_lanes(const step_rules& rules = step_rules())
        : window(on.get_executor(), source, rules, lines) {
        a.emplace(window, left, destination_id{1}, object());
        b.emplace(window, right, destination_id{2}, object());
    }
    static stretch object() {
        stretch one;
        one.part_size = one.object_bytes = 1 << 20;
        return one;
    }

    void start(const std::function<task<void>()>& work) {
        on.restart();
        boost::asio::co_spawn(on, work(), [](std::exception_ptr why) {
            if (why) std::rethrow_exception(why);
        });
        on.poll();
    }
};

task<void> be_ready(step_window::seat& seat, unsigned part, bool& ready) {
    co_await seat.ready_for(part);
    ready = true;
}

task<void> take(step_window::seat& seat, block_source& from, bool& taken, std::int64_t at = 0) {
    position first, end;
    first.sequence = at;
    end.sequence = at + 10;
    auto shape = co_await from.shape(first, end);
    auto block = co_await seat.take(1, **shape);
    taken = block.has_value();
    if (taken) seat.passed(1, **shape);
}

/// The left lane has begun three parts, and waits for the right one, which has begun none.
struct one_waits : two_lanes {
    bool ready = false;
    std::function<task<void>()> waiting = [this] { return be_ready(*a, 4, ready); };

    one_waits() {
        for (unsigned part = 1; part <= 3; ++part)
            a->begin(part);
        start(waiting);
        BOOST_TEST(!ready);
    }
    void poll() { on.poll(); }
};

struct counted_way final : s3::outlet {
    std::uint64_t unacknowledged() const override {
        ++asked;
        return bytes;
    }
    std::uint64_t bytes = 0;
    mutable unsigned asked = 0;
};

/// Whoever loses anything by waiting has no patience at all.
step_rules no_patience() {
    step_rules rules;
    rules.window = 1;
    rules.patience = rules.patience_with_equals = rules.first_block = {};
    return rules;
}

/// The left lane has taken a block, and wants the next; the right one has taken none.
struct one_is_ahead : two_lanes {
    bool first = false, second = false;
    counted_way way;
    std::function<task<void>()> taking = [this] { return take(*a, source, first); };
    std::function<task<void>()> ahead = [this] { return take(*a, source, second, 10); };

    one_is_ahead() : two_lanes(no_patience()) {
        a->begin(1);
        b->begin(1);
        a->leaves_by(1, &way);
    }
    void run() {
        start(taking);
        stream.go_on.beat();
        on.poll();
        BOOST_TEST(first);
        start(ahead);
        BOOST_TEST(stream.readings == 1u);
    }
    /// Until the next block is taken, too.
    void go_on() {
        while (stream.readings == 1 && on.run_one() > 0)
            continue;
        BOOST_TEST(stream.readings == 2u);
        stream.go_on.beat();
        on.poll();
        BOOST_TEST(second);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(step_windows)

BOOST_AUTO_TEST_CASE(who_waits_for_a_lane_that_is_paused_goes_on_at_once) {
    one_waits two;
    two.window.step_out(right);
    two.poll();
    BOOST_TEST(two.ready);
    BOOST_TEST(two.a->together() == 1u);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_lane_that_is_cut_goes_on_at_once) {
    one_waits two;
    two.b.reset();
    two.poll();
    BOOST_TEST(two.ready);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_lane_whose_object_ends_early_goes_on_at_once) {
    one_waits two;
    two.b->begin(1);
    two.poll();
    BOOST_TEST(!two.ready);
    two.b->ends_with(1);
    two.poll();
    BOOST_TEST(two.ready);
}

BOOST_AUTO_TEST_CASE(a_lane_that_is_paused_while_it_waits_goes_on_at_once) {
    one_waits two;
    two.window.step_out(left);
    two.poll();
    BOOST_TEST(two.ready);
    BOOST_TEST(two.b->together() == 1u);
}

BOOST_AUTO_TEST_CASE(a_block_that_a_lane_was_making_when_it_was_cut_is_made_by_the_next) {
    two_lanes two;
    bool first = false, second = false;
    two.a->begin(1);
    two.b->begin(1);
    task_group* under_way = nullptr;
    const std::function<task<void>()> one = [&] { return take(*two.a, two.source, first); };
    const std::function<task<void>()> other = [&] { return take(*two.b, two.source, second); };
    const std::function<task<void>(task_group&)> spawn = [&](task_group& group) -> task<void> {
        under_way = &group;
        group.spawn(one);
        co_return;
    };
    const std::function<task<void>()> cut_one = [&] {
        return with_task_group(two.on.get_executor(), spawn);
    };
    two.start(cut_one);
    two.start(other);
    BOOST_TEST(two.stream.readings == 1u);
    under_way->cancel();
    two.on.poll();
    BOOST_TEST(!first);
    BOOST_TEST(two.stream.readings == 2u);
    two.stream.go_on.beat();
    two.on.poll();
    BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(while_bytes_are_on_their_way_nobody_loses_by_waiting) {
    one_is_ahead two;
    two.way.bytes = 1;
    two.run();
    two.on.run_for(std::chrono::milliseconds(200));
    BOOST_TEST(two.stream.readings == 1u);
    BOOST_TEST(two.a->together() == 2u);
    two.way.bytes = 0;
    two.go_on();
    BOOST_TEST(two.a->together() == 1u);
}

BOOST_AUTO_TEST_CASE(who_follows_is_told_when_others_begin_a_part) {
    two_lanes two;
    unsigned told = 0;
    {
        const step_window::seat::follow others(*two.a, 2, [&told] { ++told; });
        two.b->begin(1);
        two.a->begin(1);
        BOOST_TEST(told == 0u);
        two.b->begin(2);
        BOOST_TEST(told == 1u);
        const step_window::seat::follow late(*two.a, 2, [&told] { told += 10; });
        BOOST_TEST(told == 11u);
    }
    two.b->begin(2);
    BOOST_TEST(told == 11u);
}

BOOST_AUTO_TEST_CASE(who_has_left_is_not_looked_at) {
    one_is_ahead three;
    step_window::seat c(three.window, third, destination_id{3}, two_lanes::object());
    counted_way gone;
    c.begin(1);
    c.leaves_by(1, &gone);
    c = step_window::seat();
    three.run();
    three.go_on();
    BOOST_TEST(gone.asked == 0u);
    BOOST_TEST(three.way.asked > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
