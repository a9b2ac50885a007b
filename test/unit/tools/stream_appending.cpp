// test: events on their way into a stream, with a writer in memory.
#include "io/stream_appender.hpp"
#include "run_task.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::command;

namespace {

/// Keeps what is appended; takes a moment for each append, and can fail from some append on.
class writer_in_memory final : public writer {
  public:
    explicit writer_in_memory(std::uint32_t partitions) : tails(partitions), bodies(partitions) {
        told.partitions = partitions;
        for (std::uint32_t n = 0; n < partitions; ++n)
            tails[n].end.partition = n;
    }
    const stream_description& description() const override { return told; }
    partition_tail tail(std::uint32_t partition) const override { return tails[partition]; }

    task<result<void>>
    append(std::uint32_t partition, std::span<const append_step> steps) override {
        ++under_way;
        most_under_way = std::max(most_under_way, under_way);
        const bool fails = appends++ >= good_appends;
        if (!fails) take(partition, steps);
        co_await sleep_for(std::chrono::microseconds(100));
        --under_way;
        if (fails) {
            failure why;
            why.code = errc::disk_full;
            co_return why;
        }
        co_return result<void>();
    }
    task<result<void>> abandon_open_event(std::uint32_t partition) override {
        ++abandoned;
        if (tails[partition].end.offset != 0) ++tails[partition].end.sequence;
        tails[partition].end.offset = 0;
        co_return result<void>();
    }
    task<result<void>> close() override { co_return result<void>(); }

    stream_description told;
    std::vector<partition_tail> tails;
    std::vector<byte_vector> bodies;
    unsigned under_way = 0, most_under_way = 0, appends = 0, good_appends = 1'000'000,
             abandoned = 0;
    bool in_order = true;

  private:
    void take(std::uint32_t partition, std::span<const append_step> steps) {
        for (const append_step& each : steps) {
            in_order = in_order && each.batch.first == tails[partition].end;
            tails[partition].end = each.batch.next;
            sluice::append(bodies[partition], each.batch.body);
        }
    }
};

using appending = std::function<task<result<void>>(stream_appender&)>;

/// Does `what` with an appender on `to`, and returns its outcome after everything has ended.
result<void> append_to(writer_in_memory& to, const appending& what) {
    boost::asio::io_context on;
    result<void> outcome;
    auto chooser = partition_chooser::make(to.told.partitions, std::nullopt, "round-robin");
    const std::function<task<void>(task_group&)> work = [&](task_group& group) -> task<void> {
        return [](task_group& with,
                  writer_in_memory& into,
                  partition_chooser by,
                  const appending& act,
                  result<void>& end) -> task<void> {
            stream_appender appender(into, by, with);
            end = co_await appender.begin();
            if (end) end = co_await act(appender);
            co_await with.join();
        }(group, to, *chooser, what, outcome);
    };
    auto whole = with_task_group(on.get_executor(), work);
    test::run_task(on, std::move(whole));
    return outcome;
}

/// Adds `count` events with values of `size` bytes.
task<result<void>> add_events(stream_appender& to, std::size_t count, std::size_t size) {
    for (std::size_t n = 0; n < count; ++n) {
        const std::string value(size, static_cast<char>('a' + n % 26));
        record event;
        event.value = as_bytes(value);
        auto added = to.add(event);
        if (!added) co_return added;
        auto appended = co_await to.append_when_full();
        if (!appended) co_return appended;
    }
    co_return co_await to.append_all();
}

std::size_t records_in(const byte_vector& body) {
    avro_record_cursor records(body);
    record each;
    std::size_t count = 0;
    while (!records.at_end() && records.next(each))
        ++count;
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_appending)

BOOST_AUTO_TEST_CASE(every_event_arrives_once_and_in_order) {
    writer_in_memory to(3);
    const auto done =
        append_to(to, [](stream_appender& with) { return add_events(with, 3000, 10'000); });
    BOOST_REQUIRE(done);
    BOOST_TEST(to.in_order);
    for (std::uint32_t n = 0; n < 3; ++n) {
        BOOST_TEST(to.tails[n].end.sequence == 1000);
        BOOST_TEST(records_in(to.bodies[n]) == 1000u);
    }
}

BOOST_AUTO_TEST_CASE(what_is_read_waits_for_what_is_written) {
    writer_in_memory to(2);
    const auto done =
        append_to(to, [](stream_appender& with) { return add_events(with, 100, 1 << 20); });
    BOOST_REQUIRE(done);
    BOOST_TEST(to.most_under_way > 1u);
    BOOST_TEST(to.most_under_way <= 4u);
}

BOOST_AUTO_TEST_CASE(a_failed_append_ends_it) {
    writer_in_memory to(1);
    to.good_appends = 2;
    const auto done =
        append_to(to, [](stream_appender& with) { return add_events(with, 100, 1 << 20); });
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == errc::disk_full));
    BOOST_TEST(to.appends < 12u); // not all 25 were tried
}

BOOST_AUTO_TEST_CASE(an_event_left_open_by_an_earlier_writer_is_given_up_first) {
    writer_in_memory to(2);
    to.tails[1].end.sequence = 7;
    to.tails[1].end.offset = 100;
    const auto done = append_to(to, [](stream_appender& with) { return add_events(with, 2, 10); });
    BOOST_REQUIRE(done);
    BOOST_TEST(to.abandoned == 1u);
    BOOST_TEST(to.in_order);
    BOOST_TEST(to.tails[1].end.sequence == 9);
}

BOOST_AUTO_TEST_CASE(a_value_of_unknown_length_streams_through) {
    writer_in_memory to(1);
    const auto done = append_to(to, [](stream_appender& with) -> task<result<void>> {
        return [](stream_appender& into) -> task<result<void>> {
            const byte_vector piece(700'000, std::byte{7});
            record event;
            auto opened = into.open(event);
            for (int n = 0; opened && n < 30; ++n) {
                into.more(piece);
                opened = co_await into.append_when_full();
            }
            BOOST_TEST(into.close().has_value());
            BOOST_TEST(into.events() == 1u);
            BOOST_TEST(into.bytes() == 21'000'000u);
            co_return co_await into.append_all();
        }(with);
    });
    BOOST_REQUIRE(done);
    BOOST_TEST(to.in_order);
    BOOST_TEST(to.tails[0].end.sequence == 1);
    BOOST_TEST(to.tails[0].end.offset == 0);
    BOOST_TEST(to.appends > 1u);
}

BOOST_AUTO_TEST_CASE(an_event_that_cannot_be_ended_spends_its_sequence) {
    writer_in_memory to(1);
    const auto done = append_to(to, [](stream_appender& with) -> task<result<void>> {
        return [](stream_appender& into) -> task<result<void>> {
            const byte_vector piece(3 << 20, std::byte{7});
            record event;
            auto opened = into.open(event);
            into.more(piece);
            co_return co_await into.abandon_open();
        }(with);
    });
    BOOST_REQUIRE(done);
    BOOST_TEST(to.abandoned == 1u);
    BOOST_TEST(to.tails[0].end.offset == 0);
}

BOOST_AUTO_TEST_SUITE_END()
