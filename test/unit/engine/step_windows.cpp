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

constexpr lane_id left{1}, right{2};

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
    step_window window{on.get_executor(), source, step_rules()};
    std::optional<step_window::seat> a, b;

    two_lanes() {
        stretch object;
        object.part_size = object.object_bytes = 1 << 20;
        a.emplace(window, left, object);
        b.emplace(window, right, object);
    }

    void start(const std::function<task<void>()>& work) {
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

task<void> take(step_window::seat& seat, block_source& from, bool& taken) {
    position end;
    end.sequence = 10;
    auto shape = co_await from.shape(position(), end);
    auto block = co_await seat.take(1, **shape);
    taken = block.has_value();
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

BOOST_AUTO_TEST_SUITE_END()
