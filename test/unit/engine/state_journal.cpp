// The journal of transfers.
#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/state_store.hpp>

#include <boost/test/unit_test.hpp>

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace sluice;

namespace {

struct folder {
    folder() {
        char name[] = "/tmp/sluice-state-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~folder() { std::filesystem::remove_all(path); }
    std::string file() const { return path + "/deep/state.sqlite"; }
    std::string path;
};

lane_key key_of(std::uint32_t partition) {
    lane_key key;
    key.transfer = "nightly";
    key.bucket = "b";
    key.folder = "f";
    key.endpoint = "h:1";
    key.partition = partition;
    return key;
}

lane_row row_of(std::int64_t next) {
    lane_row row;
    row.claim_token = "t";
    row.claim_number = 3;
    row.claimed = true;
    row.next_commit = 5;
    row.next = position{1, next, 2};
    row.fingerprint = UINT64_MAX - 1;
    return row;
}

plan_row plan_at(std::int64_t first) {
    plan_row plan;
    plan.key = "k";
    plan.token = "t";
    plan.epoch = 3;
    plan.first = position{1, first, 0};
    plan.part_size = 5 << 20;
    plan.object_bytes = 1 << 28;
    plan.format = "avro";
    plan.codec = "none";
    plan.encoder = "e";
    return plan;
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_journal)

BOOST_AUTO_TEST_CASE(what_was_journaled_is_there_for_the_next_process) {
    const folder at;
    std::int64_t id = 0;
    {
        auto store = state_store::open(at.file()).value();
        store->put_lane(key_of(1), row_of(10)).value();
        id = store->add_plan(key_of(1), plan_at(10)).value();
        plan_row plan = plan_at(10);
        plan.id = id;
        plan.upload_id = "u";
        plan.object_events = 500;
        plan.ran = std::chrono::milliseconds(1234);
        plan.abort_at = 1'790'000'000'000'000;
        plan.sealed_at = position{1, 20, 5};
        plan.completed = true;
        plan.commit_bytes = std::string("{\"x\":\"\\u0000\"}\n");
        store->update_plan(plan).value();
        part_row part;
        part.number = 2;
        part.size = 7;
        part.etag = "\"e\"";
        part.crc64nvme = UINT64_MAX;
        part.block = position{1, 15, 0};
        part.offset_in_block = 9;
        part.block_prefix_crc64 = 1;
        part.object_crc64 = 2;
        part.object_bytes = 3;
        store->put_part(id, part).value();
    }
    auto store = state_store::open(at.file()).value();
    const auto lane = store->find_lane(key_of(1)).value();
    BOOST_TEST_REQUIRE(lane.has_value());
    BOOST_TEST((lane->next == position{1, 10, 2}));
    BOOST_TEST(lane->fingerprint == UINT64_MAX - 1);
    BOOST_TEST(!store->find_lane(key_of(2)).value().has_value());
    const auto plans = store->plans(key_of(1)).value();
    BOOST_TEST_REQUIRE(plans.size() == 1u);
    BOOST_TEST(plans[0].upload_id == "u");
    BOOST_TEST(plans[0].object_events == 500u);
    BOOST_TEST(plans[0].ran.count() == 1234);
    BOOST_TEST((plans[0].abort_at == 1'790'000'000'000'000));
    BOOST_TEST((plans[0].sealed_at == position{1, 20, 5}));
    BOOST_TEST(plans[0].completed);
    const auto parts = store->parts(id).value();
    BOOST_TEST_REQUIRE(parts.size() == 1u);
    BOOST_TEST(parts[0].etag == "\"e\"");
    BOOST_TEST((parts[0].block == position{1, 15, 0}));
    BOOST_TEST(parts[0].crc64nvme == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(a_commit_moves_the_lane_and_ends_the_plan_in_one_step) {
    const folder at;
    auto store = state_store::open(at.file()).value();
    store->put_lane(key_of(1), row_of(10)).value();
    const std::int64_t id = store->add_plan(key_of(1), plan_at(10)).value();
    part_row part;
    store->put_part(id, part).value();
    store->committed(key_of(1), row_of(20), id).value();
    BOOST_TEST(store->find_lane(key_of(1)).value()->next.sequence == 20);
    BOOST_TEST(store->plans(key_of(1)).value().empty());
    BOOST_TEST(store->parts(id).value().empty());
}

BOOST_AUTO_TEST_CASE(a_wish_survives_that_the_transfer_is_started_again) {
    const folder at;
    auto store = state_store::open(at.file()).value();
    transfer_row row;
    row.name = "nightly";
    row.desired = "running";
    row.observed = "running";
    row.holder = "pid 1";
    store->put_transfer(row).value();
    store->set_desired("nightly", "paused").value();
    store->put_transfer(row).value();
    BOOST_TEST(store->find_transfer("nightly").value()->desired == "paused");
    store->set_observed("nightly", "paused", "{}", "").value();
    BOOST_TEST(store->find_transfer("nightly").value()->holder == "");
    const auto unknown = store->set_desired("nigthly", "paused");
    BOOST_TEST_REQUIRE(!unknown.has_value());
    BOOST_TEST(unknown.error().where.find("nightly?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_process_sees_a_change_by_the_version) {
    const folder at;
    auto one = state_store::open(at.file()).value();
    auto other = state_store::open(at.file()).value();
    const auto before = one->data_version().value();
    BOOST_TEST(one->data_version().value() == before);
    transfer_row row;
    row.name = "x";
    other->put_transfer(row).value();
    BOOST_TEST(one->data_version().value() != before);
}

BOOST_AUTO_TEST_CASE(a_transfer_is_run_by_one_at_a_time) {
    const folder at;
    auto one = state_store::open(at.file()).value();
    auto other = state_store::open(at.file()).value();
    BOOST_TEST(!other->is_locked("nightly").value());
    auto held = one->lock_transfer("nightly").value();
    BOOST_TEST(one->is_locked("nightly").value());
    BOOST_TEST(other->is_locked("nightly").value());
    const auto refused = other->lock_transfer("nightly");
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == engine_errc::run_by_other));
    BOOST_TEST(refused.error().where.find("pid ") != std::string::npos);
    BOOST_TEST(other->lock_transfer("weekly").has_value());
    held.reset();
    BOOST_TEST(!other->is_locked("nightly").value());
    BOOST_TEST(other->lock_transfer("nightly").has_value());
}

BOOST_AUTO_TEST_CASE(another_schema_or_no_database_is_refused_and_left_alone) {
    const folder at;
    state_store::open(at.file()).value();
    sqlite3* db = nullptr;
    sqlite3_open(at.file().c_str(), &db);
    sqlite3_exec(db, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    const auto newer = state_store::open(at.file());
    BOOST_TEST_REQUIRE(!newer.has_value());
    BOOST_TEST((newer.error().code == engine_errc::state_unusable));
    BOOST_TEST(newer.error().where.find("99") != std::string::npos);
    const std::string other = at.path + "/other";
    std::ofstream(other) << std::string(5000, 'x');
    const auto none = state_store::open(other);
    BOOST_TEST_REQUIRE(!none.has_value());
    BOOST_TEST((none.error().code == engine_errc::state_unusable));
    BOOST_TEST(std::filesystem::file_size(other) == 5000u);
}

BOOST_AUTO_TEST_SUITE_END()
