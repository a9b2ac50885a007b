// What the shares of a spread export are together.
#include "../src/core/joint_state.hpp"
#include "../src/core/partition_share.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

lane_progress lane(std::uint32_t partition, std::int64_t done, std::int64_t end) {
    lane_progress one;
    one.partition = partition;
    one.done = one.reached = done;
    one.end = end;
    return one;
}

/// A share tells of all partitions, and knows only its own.
progress share(const std::string& state, std::vector<lane_progress> lanes, std::uint64_t bytes) {
    progress one;
    one.name = "nightly";
    one.kind = "export";
    one.source_bytes_read = bytes * 2;
    target_progress to;
    to.target = "s3://bkt/p";
    to.state = state;
    to.bytes = bytes;
    to.events = bytes / 10;
    to.bytes_per_second = static_cast<double>(bytes);
    to.seconds_left = static_cast<std::int64_t>(bytes);
    to.worked = std::chrono::milliseconds(bytes);
    to.lanes = std::move(lanes);
    one.targets = {to, to};
    one.targets[1].bytes = 1;
    return one;
}

std::optional<failure> outcome(engine_errc code) {
    failure why;
    why.code = code;
    return why;
}

destination_row
row(std::int64_t id, const std::string& observed, std::vector<std::uint32_t> lanes) {
    destination_row one;
    one.id = id;
    one.observed = observed;
    for (const std::uint32_t each : lanes) {
        lane_wish_row its;
        its.partition = each;
        its.observed = observed;
        one.lanes.push_back(std::move(its));
    }
    return one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(joint_states)

BOOST_AUTO_TEST_CASE(every_partition_has_one_share) {
    for (std::uint32_t of = 1; of < 6; ++of) {
        for (std::uint32_t partitions = of; partitions < 12; ++partitions) {
            std::vector<unsigned> had(partitions);
            for (std::uint32_t number = 0; number < of; ++number) {
                partition_share share;
                share.number = number;
                share.of = of;
                std::size_t count = 0;
                for (std::uint32_t n = 0; n < partitions; ++n) {
                    had[n] += share.has(n) ? 1 : 0;
                    count += share.has(n) ? 1 : 0;
                }
                BOOST_TEST(share.count(partitions) == count);
            }
            for (const unsigned each : had)
                BOOST_TEST(each == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_goes_on_outweighs_what_failed_and_that_what_ended) {
    BOOST_TEST(joint_state("completed", "running") == "running");
    BOOST_TEST(joint_state("failed", "completed") == "failed");
    BOOST_TEST(joint_state("failed", "running") == "running");
    BOOST_TEST(joint_state("stopped", "completed") == "stopped");
    BOOST_TEST(joint_state("removed", "stopping") == "stopping");
    BOOST_TEST(joint_state("", "paused") == "paused");
    BOOST_TEST(joint_state("paused", "") == "paused");
}

BOOST_AUTO_TEST_CASE(numbers_are_added_and_each_lane_comes_from_its_own_share) {
    const progress all = joint_progress(
        {share("running", {lane(0, 10, 20), lane(1, 0, 0), lane(2, 20, 20)}, 100),
         share("completed", {lane(0, 0, 0), lane(1, 10, 10), lane(2, 0, 0)}, 50)}
    );
    BOOST_TEST(all.name == "nightly");
    BOOST_TEST(all.source_bytes_read == 300U);
    BOOST_TEST_REQUIRE(all.targets.size() == 2U);
    const target_progress& to = all.targets[0];
    BOOST_TEST(to.state == "running");
    BOOST_TEST(to.bytes == 150U);
    BOOST_TEST(to.events == 15U);
    BOOST_TEST(to.bytes_per_second == 150.0);
    BOOST_TEST(to.seconds_left.value() == 100);
    BOOST_TEST(to.worked.count() == 100);
    BOOST_TEST(to.percent.value() == 80.0);
    BOOST_TEST_REQUIRE(to.lanes.size() == 3U);
    BOOST_TEST(to.lanes[0].done == 10);
    BOOST_TEST(to.lanes[1].done == 10);
    BOOST_TEST(to.lanes[2].done == 20);
    BOOST_TEST(all.targets[1].bytes == 2U); // of one name, and another place
}

BOOST_AUTO_TEST_CASE(what_any_part_left_out_or_fails_at_is_that_of_the_whole) {
    target_progress all, more;
    all.left_out = {"first"};
    more.left_out = {"second"};
    more.failing = true;
    more.last_error = "as told";
    join(all, more);
    BOOST_TEST(all.failing);
    BOOST_TEST(all.last_error == "as told");
    BOOST_TEST((all.left_out == std::vector<std::string>{"first", "second"}));
    join(all, target_progress());
    BOOST_TEST(all.failing);
    BOOST_TEST(all.left_out.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_lane_that_begins_behind_what_it_has_moved_counts_as_nothing) {
    lane_progress late = lane(0, 5, 20);
    late.first = 10;
    const lanes_moved moved = moved_by({late, lane(1, 10, 10)});
    BOOST_TEST(moved.done == 10.0);
    BOOST_TEST(moved.all == 20.0);
}

BOOST_AUTO_TEST_CASE(all_is_said_to_be_moved_when_all_is_committed) {
    lane_progress arrived = lane(0, 5, 20);
    arrived.reached = 20;
    const lanes_moved open = moved_by({arrived, lane(1, 10, 10)});
    BOOST_TEST(open.percent() == 99.0);
    BOOST_TEST(open.left() == 1.0);
    arrived.done = 20;
    const lanes_moved moved = moved_by({arrived, lane(1, 10, 10)});
    BOOST_TEST(moved.percent() == 100.0);
    BOOST_TEST(moved.left() == 0.0);
}

BOOST_AUTO_TEST_CASE(rows_are_joined_by_their_number) {
    destination_row failed = row(7, "failed", {1});
    failed.last_error = "as told";
    const auto all = joint_rows(
        {{row(3, "completed", {0, 2}), row(7, "completed", {0, 2})},
         {row(3, "paused", {1}), failed}}
    );
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].observed == "paused");
    BOOST_TEST_REQUIRE(all[0].lanes.size() == 3U);
    BOOST_TEST(all[0].lanes[1].partition == 1U);
    BOOST_TEST(all[0].lanes[1].observed == "paused");
    BOOST_TEST(all[0].lanes[2].observed == "completed");
    BOOST_TEST(all[1].observed == "failed");
    BOOST_TEST(all[1].last_error == "as told");
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_before_a_pause_and_a_gap_last) {
    const std::optional<failure> done;
    const auto paused = outcome(engine_errc::paused);
    const auto fenced = outcome(engine_errc::fenced);
    const auto gap = outcome(engine_errc::gap);
    const auto stopped = outcome(engine_errc::stopped);
    BOOST_TEST(!joint_outcome({done, done}).has_value());
    BOOST_TEST(joint_outcome({paused, fenced}).value() == 1U);
    BOOST_TEST(joint_outcome({fenced, paused}).value() == 0U);
    BOOST_TEST(joint_outcome({stopped, paused}).value() == 1U);
    BOOST_TEST(joint_outcome({gap, stopped, done}).value() == 1U);
    BOOST_TEST(joint_outcome({done, gap}).value() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
