// Ranges of objects, fetched ahead of who reads them in order.
#include "../src/io/range_ahead.hpp"
#include "model_store.hpp"
#include "run_task.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/engine/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

constexpr std::uint64_t mib = 1 << 20;

transfer_rules rules_within(std::uint64_t memory, unsigned concurrency) {
    transfer_rules rules;
    rules.memory = memory;
    rules.concurrency = concurrency;
    return rules;
}

gate_rules limits_of(const transfer_rules& rules) {
    gate_rules by;
    by.share.memory = rules.memory;
    return by;
}

bucket_address the_prefix() {
    bucket_address at;
    at.bucket = "bkt";
    at.prefix = "in";
    return at;
}

/// A bucket with objects of these sizes, each filled with its own letter, and what reads them.
struct reading {
    reading(const std::vector<std::size_t>& sizes, const transfer_rules& by)
        : store(on.get_executor()),
          rules(by),
          from(make_foreign_source(store, the_prefix(), {}, {}, rules.retry_for)),
          gate(on.get_executor(), nullptr, limits_of(rules)),
          sharing(gate),
          scheduled(gate.add_lane(gate.add_destination("store", concurrent_ranges(rules)))) {
        char name[] = "/tmp/sluice-ahead-XXXXXX";
        folder = ::mkdtemp(name);
        journal = state_store::open(folder + "/state").value();
        for (const std::size_t size : sizes) {
            const std::string key = "in/" + std::string(1, static_cast<char>('a' + objects.size()));
            test::model_object& made = store.buckets["bkt"][key];
            made.bytes = std::string(size, key.back());
            made.etag = "\"" + key + "\"";
            objects.push_back(foreign_object{key, made.etag, "t", size});
        }
        run.emplace(transfer_run{
            on.get_executor(),
            on.get_executor(),
            *journal,
            silent_logger(),
            run_control(),
            rules,
            "name",
            "owner"});
        ranges.emplace(*run, from, gate, scheduled, objects);
    }
    ~reading() { std::filesystem::remove_all(folder); }

    using script = std::function<task<void>(reading&, task_group&)>;
    void does(const script& what) {
        const std::function<task<void>(task_group&)> body = [this, &what](task_group& group) {
            ranges->start(group);
            return what(*this, group);
        };
        test::run_task(on, with_task_group(on.get_executor(), body));
    }

    boost::asio::io_context on;
    test::model_store store;
    transfer_rules rules;
    foreign_source from;
    step_gate gate;
    step_gate::stay sharing;
    lane_id scheduled;
    std::string folder;
    std::unique_ptr<state_store> journal;
    std::vector<foreign_object> objects;
    std::optional<transfer_run> run;
    std::optional<range_ahead> ranges;
    std::string seen;
    std::optional<failure> failed;
};

/// What has been started is under way.
task<void> look_on(reading& at) {
    for (int n = 0; n < 100; ++n)
        co_await boost::asio::post(at.on, use_awaitable);
}

/// Reads object `n` from first to last; `seen` gets its first and last letter of each range.
task<bool> read_one(reading& at, std::size_t n) {
    for (std::uint64_t done = 0; done < at.objects[n].size;) {
        auto range = co_await at.ranges->next(n);
        if (!range) {
            at.failed = range.error();
            co_return false;
        }
        const std::string_view text = as_text((*range)->bytes.view());
        at.seen += text.front();
        at.seen += text.back();
        done += text.size();
        at.ranges->give_back(*range);
    }
    co_return true;
}

task<void> read_all(reading& at, task_group&) {
    for (std::size_t n = 0; n < at.objects.size(); ++n) {
        const bool read = co_await read_one(at, n);
        if (!read) co_return;
    }
}

task<void> wait_and_read_all(reading& at, task_group& group) {
    co_await look_on(at);
    at.seen += std::to_string(at.store.count("get")) + " ";
    co_await read_all(at, group);
}

task<void> leave_out_the_first(reading& at, task_group&) {
    auto first = co_await at.ranges->next(0);
    at.seen += as_text((*first)->bytes.view()).front();
    at.ranges->pass_over(0);
    co_await read_one(at, 1);
    co_await read_one(at, 2);
}

task<void> close_and_read(reading& at, task_group& group) {
    co_await look_on(at);
    at.gate.close();
    co_await read_all(at, group);
}

task<void> leave_early(reading& at, task_group& group) {
    co_await at.ranges->next(0);
    group.cancel();
}

} // namespace

BOOST_AUTO_TEST_SUITE(ranges_ahead)

BOOST_AUTO_TEST_CASE(ranges_come_in_order_and_as_many_are_under_way_as_may) {
    reading at({3 * mib, 0, 1, 2 * mib}, rules_within(4 * mib, 4));
    at.does(wait_and_read_all);
    // The first four are there before anybody reads.
    BOOST_TEST(at.seen == "4 aaaaaaccdddd");
    BOOST_TEST(at.store.most_at_once == 4u);
    BOOST_TEST(at.from.seen.parts_in_flight == 0u);
    BOOST_TEST(at.gate.queue().rules().memory_in_use() == 0u);
}

BOOST_AUTO_TEST_CASE(small_objects_are_fetched_ahead_too) {
    reading at(std::vector<std::size_t>(20, 3), rules_within(64 * mib, 8));
    at.does(read_all);
    BOOST_TEST(at.store.most_at_once == 8u);
    BOOST_TEST(at.store.count("get") == 20u);
    BOOST_TEST(at.seen.size() == 40u);
    BOOST_TEST(at.seen.substr(36) == "sstt");
}

BOOST_AUTO_TEST_CASE(what_waits_to_be_read_is_within_the_memory) {
    reading at({8 * mib}, rules_within(3 * mib, 8));
    at.does(wait_and_read_all);
    BOOST_TEST(at.seen.substr(0, 2) == "3 ");
    BOOST_TEST(at.store.most_at_once == 3u);
    BOOST_TEST(at.seen.size() == 2u + 16u);
}

BOOST_AUTO_TEST_CASE(of_what_is_passed_over_nothing_more_is_asked_for) {
    reading at({9 * mib, mib, mib}, rules_within(2 * mib, 2));
    at.does(leave_out_the_first);
    BOOST_TEST(at.seen == "abbcc");
    BOOST_TEST(at.store.count("get") <= 6u);
    BOOST_TEST(at.gate.queue().rules().memory_in_use() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_where_it_stands) {
    reading at({mib, mib, mib}, rules_within(4 * mib, 4));
    at.store.buckets["bkt"]["in/b"].etag = "\"other\"";
    at.does(read_all);
    BOOST_TEST(at.seen == "aa");
    BOOST_TEST_REQUIRE(at.failed.has_value());
    BOOST_TEST((at.failed->code == engine_errc::damaged_object));
    BOOST_TEST(at.failed->where == "s3://bkt/in/b, byte 0: it has changed since it was listed");
}

BOOST_AUTO_TEST_CASE(one_that_is_gone_is_told_with_the_byte_reached) {
    reading at({3 * mib}, rules_within(mib, 1));
    at.store.before = [&at](const test::model_call& call) -> std::optional<failure> {
        if (call.number == 3) at.store.buckets["bkt"].erase("in/a");
        return std::nullopt;
    };
    at.does(read_all);
    BOOST_TEST(at.seen == "aaaa");
    BOOST_TEST_REQUIRE(at.failed.has_value());
    BOOST_TEST(at.failed->where == "s3://bkt/in/a, byte 2097152: it is gone since it was listed");
}

BOOST_AUTO_TEST_CASE(when_nobody_is_let_in_any_more_what_was_begun_is_still_given) {
    reading at({4 * mib}, rules_within(2 * mib, 2));
    at.does(close_and_read);
    BOOST_TEST(at.seen == "aaaa");
    BOOST_TEST_REQUIRE(at.failed.has_value());
    BOOST_TEST((at.failed->code == engine_errc::paused));
}

BOOST_AUTO_TEST_CASE(nothing_stays_behind_when_it_is_cancelled) {
    reading at({4 * mib, mib}, rules_within(2 * mib, 2));
    at.does(leave_early);
    at.ranges.reset();
    BOOST_TEST(at.gate.queue().rules().memory_in_use() == 0u);
    BOOST_TEST(at.gate.queue().rules().waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
