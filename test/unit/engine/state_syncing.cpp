// What of the journal is synced before its call returns, by SQLite's own calls.
#include "state_folder.hpp"

#include <sluice/engine/state_store.hpp>

#include <boost/test/unit_test.hpp>

#include <sqlite3.h>

#include <map>
#include <string>
#include <utility>

namespace {

using namespace sluice;
using namespace sluice::test;

/// The usual files of SQLite, which count their syncs while one lives. One at a time.
class counted_syncs {
  public:
    counted_syncs() : usual_(sqlite3_vfs_find(nullptr)), counting_(*usual_) {
        BOOST_TEST_REQUIRE(count == 0);
        opens = usual_->xOpen;
        counting_.zName = "counting";
        counting_.xOpen = open;
        sqlite3_vfs_register(&counting_, 1);
    }
    ~counted_syncs() {
        sqlite3_vfs_unregister(&counting_);
        sqlite3_vfs_register(usual_, 1);
        count = 0;
    }
    counted_syncs(const counted_syncs&) = delete;
    counted_syncs& operator=(const counted_syncs&) = delete;

    /// Since the last call.
    static int taken() { return std::exchange(count, 0); }

  private:
    static int open(sqlite3_vfs* by, const char* name, sqlite3_file* made, int flags, int* out) {
        const int code = opens(by, name, made, flags, out);
        if (code != SQLITE_OK || made->pMethods == nullptr) return code;
        // Those of a database are not those of its journal; their syncs are the same.
        const auto [own, fresh] = methods.try_emplace(made->pMethods, *made->pMethods);
        if (fresh) syncs = std::exchange(own->second.xSync, sync);
        made->pMethods = &own->second;
        return code;
    }
    static int sync(sqlite3_file* file, int flags) {
        ++count;
        return syncs(file, flags);
    }

    static inline int count = 0;
    static inline int (*opens)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*) = nullptr;
    static inline int (*syncs)(sqlite3_file*, int) = nullptr;
    static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods;

    sqlite3_vfs* usual_;
    sqlite3_vfs counting_;
};

lane_key some_lane() {
    lane_key key;
    key.transfer = "nightly";
    key.bucket = "b";
    key.endpoint = "h:1";
    return key;
}

plan_row some_plan() {
    plan_row plan;
    plan.key = "k";
    plan.token = "t";
    plan.part_size = 5 << 20;
    plan.format = "avro";
    plan.codec = "none";
    plan.encoder = "e";
    return plan;
}

part_row part_of(unsigned number) {
    part_row part;
    part.number = number;
    part.size = 5 << 20;
    part.etag = "\"e\"";
    return part;
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_syncing)

BOOST_AUTO_TEST_CASE(notes_of_parts_cost_no_sync_and_whatever_follows_them_does) {
    const state_folder at;
    const counted_syncs syncs;
    auto store = state_store::open(at.file()).value();
    store->put_lane(some_lane(), lane_row()).value();
    plan_row plan = some_plan();
    plan.id = store->add_plan(some_lane(), plan).value();
    BOOST_TEST(syncs.taken() > 0);

    for (unsigned number = 1; number <= 20; ++number)
        store->note_part(plan.id, part_of(number)).value();
    BOOST_TEST(syncs.taken() == 0);

    plan.upload_id = "u";
    store->update_plan(plan).value();
    BOOST_TEST(syncs.taken() > 0);
    store->note_part(plan.id, part_of(21)).value();
    BOOST_TEST(syncs.taken() == 0);
    store->put_part(plan.id, part_of(22)).value();
    BOOST_TEST(syncs.taken() > 0);
    store->note_part(plan.id, part_of(23)).value();
    BOOST_TEST(store->parts(plan.id).value().size() == 23u);
    BOOST_TEST(syncs.taken() == 0);
    lane_row moved;
    moved.next_commit = 1;
    store->put_lane(some_lane(), moved).value();
    BOOST_TEST(syncs.taken() > 0);
    store->note_part(plan.id, part_of(24)).value();
    store->committed(some_lane(), lane_row(), plan.id).value();
    BOOST_TEST(syncs.taken() > 0);
}

BOOST_AUTO_TEST_CASE(a_statement_that_is_kept_tells_each_part_as_it_is) {
    const state_folder at;
    auto store = state_store::open(at.file()).value();
    store->put_lane(some_lane(), lane_row()).value();
    const std::int64_t plan = store->add_plan(some_lane(), some_plan()).value();
    for (unsigned number = 1; number <= 3; ++number) {
        part_row part = part_of(number);
        part.etag = std::string(number, 'x');
        store->note_part(plan, part).value();
    }
    // A part of a plan that is gone is refused, and the next one goes its way.
    BOOST_TEST(store->note_part(plan + 1, part_of(9)).has_error());
    store->note_part(plan, part_of(4)).value();
    const auto parts = store->parts(plan).value();
    BOOST_TEST_REQUIRE(parts.size() == 4u);
    for (unsigned number = 1; number <= 3; ++number)
        BOOST_TEST(parts[number - 1].etag == std::string(number, 'x'));
    BOOST_TEST(parts[3].etag == "\"e\"");
}

BOOST_AUTO_TEST_SUITE_END()
