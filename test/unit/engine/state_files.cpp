// The journal's file: whose it may be, who may read it, and what happens when it cannot grow.
#include "io/sqlite_statement.hpp"
#include "io/state_look.hpp"
#include "state_folder.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/cursor_owners.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/state_store.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

namespace {

using namespace sluice;
using namespace sluice::test;

struct raw_database {
    explicit raw_database(const std::string& file) { sqlite3_open(file.c_str(), &db); }
    ~raw_database() { sqlite3_close(db); }
    raw_database(const raw_database&) = delete;
    bool run(const std::string& sql) const {
        return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    sqlite3* db = nullptr;
};

unsigned permissions_of(const std::string& path) {
    struct stat is {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &is) == 0, path);
    return is.st_mode & 0777;
}

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

lane_key lane_of(const std::string& transfer, std::uint32_t partition) {
    lane_key key;
    key.transfer = transfer;
    key.bucket = "b";
    key.folder = "f";
    key.endpoint = "h:1";
    key.partition = partition;
    return key;
}

/// What files of before version 4 do not have; `destinations`: of version 3.
void forget_urls(const raw_database& raw, bool destinations) {
    BOOST_TEST(raw.run("ALTER TABLE transfer DROP COLUMN url"));
    for (const char* column : {"url", "claim", "cursor"})
        if (destinations)
            BOOST_TEST(raw.run(std::string("ALTER TABLE destination DROP COLUMN ") + column));
}

/// What files of before version 3 do not have.
void forget_destinations(const raw_database& raw) {
    for (const char* sql :
         {"DROP VIEW v_destinations",
          "DROP VIEW v_lane_wishes",
          "DROP TABLE lane_wish",
          "DROP TABLE destination"})
        BOOST_TEST(raw.run(sql), sql);
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_files)

BOOST_AUTO_TEST_CASE(nobody_else_may_look_into_it) {
    const state_folder at;
    const mode_t before = ::umask(0);
    auto store = state_store::open(at.file()).value();
    ::umask(before);
    store->put_transfer(transfer_row()).value();
    BOOST_TEST(permissions_of(at.file("state")) == 0700u);
    for (const char* name : {"state/state.db", "state/state.db-wal", "state/state.db-shm"})
        BOOST_TEST(permissions_of(at.file(name)) == 0600u, name);
    auto lock = store->lock_transfer("x").value();
    BOOST_TEST(permissions_of(at.file("state/state.db.locks")) == 0700u);
}

BOOST_AUTO_TEST_CASE(it_is_journaled_ahead_and_synced_with_every_step) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    const raw_database raw(at.file());
    sqlite_statement ask(raw.db, at.file(), "PRAGMA journal_mode");
    BOOST_TEST(ask.step().value());
    BOOST_TEST(ask.text() == "wal");
}

BOOST_AUTO_TEST_CASE(another_program_s_database_is_refused_and_left_as_it_is) {
    for (const char* version : {"0", "1"}) {
        const state_folder at;
        const std::string file = at.file("other.db");
        {
            const raw_database raw(file);
            BOOST_TEST(raw.run("CREATE TABLE transfer (x)"));
            BOOST_TEST(raw.run(std::string("PRAGMA user_version = ") + version));
        }
        const std::string before = content_of(file);
        const auto opened = state_store::open(file);
        BOOST_TEST_REQUIRE(!opened.has_value());
        BOOST_TEST((opened.error().code == engine_errc::state_unusable));
        BOOST_TEST(opened.error().where.find(file) != std::string::npos);
        BOOST_TEST((content_of(file) == before));
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_version_1_is_brought_up_to_date) {
    const state_folder at;
    {
        auto store = state_store::open(at.file()).value();
        store->put_lane(lane_of("t", 0), lane_row()).value();
        store->add_plan(lane_of("t", 0), plan_row()).value();
    }
    {
        const raw_database raw(at.file());
        for (const char* column : {"object_events", "ran_ms", "abort_at"})
            BOOST_TEST(raw.run(std::string("ALTER TABLE plan DROP COLUMN ") + column));
        forget_destinations(raw);
        forget_urls(raw, false);
        BOOST_TEST(raw.run("PRAGMA user_version = 1"));
    }
    auto store = state_store::open(at.file()).value();
    const auto plans = store->plans(lane_of("t", 0)).value();
    BOOST_TEST_REQUIRE(plans.size() == 1u);
    BOOST_TEST(plans[0].object_events == 0u);
    BOOST_TEST(!plans[0].abort_at.has_value());
    store.reset();
    BOOST_TEST(state_store::open(at.file()).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_of_version_2_is_brought_up_to_date) {
    const state_folder at;
    {
        auto store = state_store::open(at.file()).value();
        transfer_row row;
        row.name = "t";
        store->put_transfer(row).value();
    }
    {
        const raw_database raw(at.file());
        forget_destinations(raw);
        forget_urls(raw, false);
        BOOST_TEST(raw.run("PRAGMA user_version = 2"));
    }
    auto store = state_store::open(at.file()).value();
    BOOST_TEST(store->find_transfer("t").value().has_value());
    BOOST_TEST(store->destinations("t").value().empty());
    store->put_destination("t", destination_row()).value();
    store.reset();
    BOOST_TEST(state_store::open(at.file()).value()->destinations("t").value().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_of_version_3_is_brought_up_to_date) {
    const state_folder at;
    destination_row place;
    place.target = "s3://b/p";
    {
        auto store = state_store::open(at.file()).value();
        transfer_row row;
        row.name = "t";
        row.url = "https://h:1";
        store->put_transfer(row).value();
        store->put_destination("t", place).value();
    }
    {
        const raw_database raw(at.file());
        forget_urls(raw, true);
        BOOST_TEST(raw.run("PRAGMA user_version = 3"));
    }
    auto store = state_store::open(at.file()).value();
    BOOST_TEST(store->find_transfer("t").value()->url == "");
    auto rows = store->destinations("t").value();
    BOOST_TEST_REQUIRE(rows.size() == 1u);
    BOOST_TEST(rows[0].target == "s3://b/p");
    rows[0].url = "http://h:2";
    rows[0].claim = "c";
    rows[0].cursor = "r";
    store->set_observed(rows).value();
    store.reset();
    rows = state_store::open(at.file()).value()->destinations("t").value();
    BOOST_TEST(rows[0].url + rows[0].claim + rows[0].cursor == "http://h:2cr");
}

BOOST_AUTO_TEST_CASE(a_look_reads_an_older_file_as_it_will_be_and_leaves_it) {
    const state_folder at;
    {
        auto store = state_store::open(at.file()).value();
        lane_row lane;
        lane.claim_token = "token";
        store->put_lane(lane_of("t", 3), lane).value();
    }
    {
        const raw_database raw(at.file());
        forget_urls(raw, true);
        BOOST_TEST(raw.run("PRAGMA user_version = 3"));
    }
    const auto before = std::filesystem::last_write_time(at.file());
    const auto seen = look_at_state(at.file()).value();
    BOOST_TEST_REQUIRE(seen != nullptr);
    BOOST_TEST(seen->find_lane(lane_of("t", 3)).value()->claim_token == "token");
    BOOST_TEST(seen->destinations("t").value().empty());
    const raw_database raw(at.file());
    sqlite_statement ask(raw.db, at.file(), "PRAGMA user_version");
    BOOST_TEST(ask.step().value());
    BOOST_TEST(ask.integer() == 3);
    BOOST_TEST((std::filesystem::last_write_time(at.file()) == before));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_by_who_opens_it_and_by_who_looks) {
    const state_folder at;
    state_store::open(at.file()).value()->put_lane(lane_of("t", 3), lane_row()).value();
    const auto size = std::filesystem::file_size(at.file());
    constexpr std::size_t page = 4096;
    std::fstream file(at.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(page);
    file << std::string(page, '\0');
    file.close();
    BOOST_TEST_REQUIRE(std::filesystem::file_size(at.file()) == size);
    const auto opened = state_store::open(at.file());
    const auto seen = look_at_state(at.file());
    for (const failure& why : {opened.error(), seen.error()}) {
        BOOST_TEST((why.code == engine_errc::state_unusable));
        BOOST_TEST(why.where.find("move it away, with " + at.file() + "-wal") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_wish_that_came_after_a_row_was_read_outlives_the_row) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    transfer_row row;
    row.name = "t";
    store->put_transfer(row).value();
    destination_row place;
    place.target = "s3://b/p";
    place.id = store->put_destination("t", place).value();
    store->set_desired(place.id, std::nullopt, "paused").value();
    destination_row known = store->destinations("t").value().front();
    store->set_desired(place.id, std::nullopt, "running").value();
    known.url = "https://h:1";
    store->put_destination("t", known).value();
    const destination_row now = store->destinations("t").value().front();
    BOOST_TEST(now.desired == "running");
    BOOST_TEST(now.url == "https://h:1");
}

BOOST_AUTO_TEST_CASE(a_file_of_a_later_version_is_refused) {
    const state_folder at;
    state_store::open(at.file()).value();
    const raw_database raw(at.file());
    BOOST_TEST(raw.run("PRAGMA user_version = 99"));
    const auto opened = state_store::open(at.file());
    BOOST_TEST_REQUIRE(!opened.has_value());
    BOOST_TEST((opened.error().code == engine_errc::state_unusable));
}

BOOST_AUTO_TEST_CASE(the_first_open_upload_that_will_be_aborted_tells_how_long_a_pause_is_safe) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    transfer_row row;
    row.name = "t";
    store->put_transfer(row).value();
    store->put_lane(lane_of("t", 0), lane_row()).value();
    BOOST_TEST(!store->find_transfer("t").value()->safe_until.has_value());
    plan_row plan;
    plan.abort_at = 5;
    store->add_plan(lane_of("t", 0), plan).value(); // no upload of it is open
    plan.upload_id = "u";
    plan.abort_at.reset();
    store->add_plan(lane_of("t", 0), plan).value(); // nobody said
    BOOST_TEST(!store->find_transfer("t").value()->safe_until.has_value());
    for (const std::int64_t when : {30, 20, 40}) {
        plan.abort_at = when;
        store->add_plan(lane_of("t", 0), plan).value();
    }
    BOOST_TEST((store->find_transfer("t").value()->safe_until == 20));
    BOOST_TEST((store->transfers().value().front().safe_until == 20));
}

BOOST_AUTO_TEST_CASE(a_place_where_nothing_can_be_made_is_named) {
    const state_folder at;
    std::ofstream(at.file("taken")) << "x";
    const auto opened = state_store::open(at.file("taken/state.db"));
    BOOST_TEST_REQUIRE(!opened.has_value());
    BOOST_TEST((opened.error().code == errc::io_error));
    BOOST_TEST(opened.error().where.find("taken/state.db") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(many_may_open_a_new_file_at_once) {
    for (int round = 0; round < 10; ++round) {
        const state_folder at;
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int n = 0; n < 8; ++n)
            threads.emplace_back([&at, &failed, n] {
                auto store = state_store::open(at.file());
                transfer_row row;
                row.name = std::to_string(n);
                if (!store || !(*store)->put_transfer(row)) ++failed;
            });
        for (std::thread& each : threads)
            each.join();
        BOOST_TEST(failed == 0);
        BOOST_TEST(state_store::open(at.file()).value()->transfers().value().size() == 8u);
    }
}

BOOST_AUTO_TEST_CASE(threads_may_share_a_store) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (std::uint32_t n = 0; n < 4; ++n)
        threads.emplace_back([&, n] {
            const lane_key lane = lane_of("t", n);
            for (int turn = 0; turn < 20; ++turn) {
                if (!store->put_lane(lane, lane_row())) ++failed;
                const auto plan = store->add_plan(lane, plan_row());
                if (!plan || !store->committed(lane, lane_row(), *plan)) ++failed;
            }
        });
    for (std::thread& each : threads)
        each.join();
    BOOST_TEST(failed == 0);
    for (std::uint32_t n = 0; n < 4; ++n)
        BOOST_TEST(store->plans(lane_of("t", n)).value().empty());
}

BOOST_AUTO_TEST_CASE(a_removed_transfer_takes_its_lanes_plans_and_parts_along) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    for (const char* name : {"gone", "stays"}) {
        transfer_row row;
        row.name = name;
        store->put_transfer(row).value();
        store->put_lane(lane_of(name, 0), lane_row()).value();
        const auto plan = store->add_plan(lane_of(name, 0), plan_row()).value();
        store->put_part(plan, part_row()).value();
    }
    store->remove_transfer("gone").value();
    BOOST_TEST(store->transfers().value().size() == 1u);
    BOOST_TEST(!store->find_lane(lane_of("gone", 0)).value().has_value());
    BOOST_TEST(store->plans(lane_of("stays", 0)).value().size() == 1u);
    const raw_database raw(at.file());
    sqlite_statement left(raw.db, at.file(), "SELECT count(*) FROM v_parts");
    BOOST_TEST(left.step().value());
    BOOST_TEST(left.integer() == 1);
}

BOOST_AUTO_TEST_CASE(every_view_can_be_read_by_others) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    const raw_database raw(at.file());
    for (const char* view :
         {"v_transfers", "v_lanes", "v_plans", "v_parts", "v_destinations", "v_lane_wishes"})
        BOOST_TEST(raw.run(std::string("SELECT * FROM ") + view), view);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_leaves_nothing_half_done) {
    const state_folder at;
    const std::string file = at.file("small.db");
    const raw_database raw(file);
    BOOST_TEST(raw.run("CREATE TABLE t (x)"));
    BOOST_TEST(raw.run("PRAGMA max_page_count = 4"));
    {
        sqlite_transaction all(raw.db, file);
        all.begin().value();
        sqlite_statement small(raw.db, file, "INSERT INTO t VALUES ('small')");
        small.run().value();
        sqlite_statement large(raw.db, file, "INSERT INTO t VALUES (zeroblob(1000000))");
        const auto full = large.run();
        BOOST_TEST_REQUIRE(!full.has_value());
        BOOST_TEST((full.error().code == errc::disk_full));
        BOOST_TEST(full.error().where.find(file) != std::string::npos);
    }
    sqlite_statement left(raw.db, file, "SELECT count(*) FROM t");
    BOOST_TEST(left.step().value());
    BOOST_TEST(left.integer() == 0);
}

BOOST_AUTO_TEST_CASE(whose_cursors_are_is_told_by_a_look_that_changes_nothing) {
    const state_folder at;
    const std::string file = at.file("state.db");
    BOOST_TEST(cursor_owners(file).value().empty());
    BOOST_TEST(!std::filesystem::exists(file));
    std::ofstream(file).flush();
    BOOST_TEST(cursor_owners(file).value().empty());
    BOOST_TEST(std::filesystem::file_size(file) == 0u);
    {
        const auto state = state_store::open(file).value();
        for (const char* transfer : {"b", "a"}) {
            destination_row row;
            row.target = "s3://bucket/p";
            row.endpoint = "host:9000";
            state->put_destination(transfer, row).value(); // never opened
            row.cursor = "export-1";
            state->put_destination(transfer, row).value();
        }
        const auto while_open = cursor_owners(file).value();
        BOOST_TEST_REQUIRE(while_open.size() == 2u);
        BOOST_TEST(while_open[0].transfer == "a");
        BOOST_TEST(while_open[1].transfer == "b");
    }
    const auto owners = cursor_owners(file).value();
    BOOST_TEST_REQUIRE(owners.size() == 2u);
    BOOST_TEST(owners[0].cursor == "export-1");
    BOOST_TEST(owners[0].target == "s3://bucket/p");
    BOOST_TEST(owners[0].endpoint == "host:9000");

    const auto stamped = [&file](const std::string& pragma) {
        BOOST_TEST_REQUIRE(raw_database(file).run(pragma));
        return cursor_owners(file);
    };
    BOOST_TEST(stamped("PRAGMA user_version = 3").value().empty());
    BOOST_TEST((stamped("PRAGMA user_version = 5").error().code == engine_errc::state_unusable));
    BOOST_TEST_REQUIRE(raw_database(file).run("PRAGMA user_version = 4"));
    BOOST_TEST((stamped("PRAGMA application_id = 7").error().code == engine_errc::state_unusable));
    std::ofstream(file, std::ios::trunc) << std::string(5000, 'x');
    BOOST_TEST((cursor_owners(file).error().code == engine_errc::state_unusable));
}

BOOST_AUTO_TEST_SUITE_END()
