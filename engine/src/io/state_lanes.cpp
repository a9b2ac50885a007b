// engine: the journal's lanes, with their plans and parts.
#include "sqlite_state.hpp"
#include "state_rows.hpp"

#include <sluice/engine/error.hpp>

namespace sluice {

result<std::int64_t> sqlite_state::lane_id(const lane_key& lane) {
    sqlite_statement ask(db_, file_, std::string("SELECT id FROM lane WHERE ") + lane_condition);
    auto row = bind_lane_key(ask, lane).step();
    if (!row) return row.error();
    if (*row) return ask.integer();
    failure why;
    why.code = engine_errc::state_unusable;
    why.where =
        "state file " + file_ + ": a lane of transfer " + lane.transfer + " has vanished from it";
    return why;
}

result<std::optional<lane_row>> sqlite_state::find_lane(const lane_key& lane) {
    const hold held(guard_);
    sqlite_statement ask(
        db_, file_, std::string("SELECT ") + lane_columns + " FROM lane WHERE " + lane_condition
    );
    auto there = bind_lane_key(ask, lane).step();
    if (!there) return there.error();
    if (!*there) return std::optional<lane_row>();
    return std::optional<lane_row>(read_lane(ask, lane.partition));
}

result<void> sqlite_state::write_lane(const lane_key& lane, const lane_row& row) {
    sqlite_statement put(
        db_,
        file_,
        std::string("INSERT INTO lane (transfer, bucket, folder, endpoint, partition, ") +
            lane_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
            "ON CONFLICT (transfer, bucket, folder, endpoint, partition) DO UPDATE SET "
            "claim_token = excluded.claim_token, claim_number = excluded.claim_number, "
            "claimed = excluded.claimed, next_commit = excluded.next_commit, "
            "next_sequence = excluded.next_sequence, next_offset = excluded.next_offset, "
            "fingerprint = excluded.fingerprint"
    );
    bind_lane_key(put, lane);
    return bind_lane(put, row).run();
}

result<void> sqlite_state::put_lane(const lane_key& lane, const lane_row& row) {
    const hold held(guard_);
    return write_lane(lane, row);
}

result<std::vector<plan_row>> sqlite_state::plans(const lane_key& lane) {
    const hold held(guard_);
    auto id = lane_id(lane);
    if (!id) return id.error();
    sqlite_statement ask(
        db_,
        file_,
        std::string("SELECT id, ") + plan_columns + " FROM plan WHERE lane = ? ORDER BY id"
    );
    ask.bind(*id);
    std::vector<plan_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(read_plan(ask, lane.partition));
    }
}

result<std::int64_t> sqlite_state::add_plan(const lane_key& lane, const plan_row& plan) {
    const hold held(guard_);
    auto id = lane_id(lane);
    if (!id) return id.error();
    sqlite_statement add(
        db_,
        file_,
        std::string("INSERT INTO plan (lane, ") + plan_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    );
    add.bind(*id);
    auto added = bind_plan(add, plan).run();
    if (!added) return added.error();
    return std::int64_t{sqlite3_last_insert_rowid(db_)};
}

result<void> sqlite_state::update_plan(const plan_row& plan) {
    const hold held(guard_);
    sqlite_statement set(
        db_,
        file_,
        std::string("UPDATE plan SET (") + plan_columns +
            ") = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?"
    );
    return bind_plan(set, plan).bind(plan.id).run();
}

result<void> sqlite_state::erase_plan(std::int64_t id) {
    sqlite_statement erase(db_, file_, "DELETE FROM plan WHERE id = ?");
    return erase.bind(id).run();
}

result<void> sqlite_state::drop_plan(std::int64_t id) {
    const hold held(guard_);
    return erase_plan(id);
}

result<std::vector<part_row>> sqlite_state::parts(std::int64_t plan) {
    const hold held(guard_);
    sqlite_statement ask(
        db_,
        file_,
        std::string("SELECT (SELECT partition FROM lane JOIN plan ON lane.id = plan.lane "
                    "WHERE plan.id = part.plan), ") +
            part_columns + " FROM part WHERE plan = ? ORDER BY number"
    );
    ask.bind(plan);
    std::vector<part_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        const auto partition = static_cast<std::uint32_t>(ask.integer());
        rows.push_back(read_part(ask, partition));
    }
}

namespace {

result<void>
write_part(sqlite3* db, const std::string& file, std::int64_t plan, const part_row& part) {
    sqlite_statement put(
        db,
        file,
        std::string("INSERT OR REPLACE INTO part (plan, ") + part_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?)"
    );
    put.bind(plan);
    return bind_part(put, part).run();
}

/// Nothing is synced before this goes: a part in 8 MiB would cost a sync.
struct unsynced {
    unsynced(sqlite3* db, const std::string& file) : db_(db), file_(file) {
        static_cast<void>(sqlite_execute(db_, file_, "PRAGMA synchronous = NORMAL"));
    }
    ~unsynced() { static_cast<void>(sqlite_execute(db_, file_, "PRAGMA synchronous = FULL")); }
    unsynced(const unsynced&) = delete;
    unsynced& operator=(const unsynced&) = delete;
    sqlite3* db_;
    const std::string& file_;
};

} // namespace

result<void> sqlite_state::put_part(std::int64_t plan, const part_row& part) {
    const hold held(guard_);
    return write_part(db_, file_, plan, part);
}

result<void> sqlite_state::note_part(std::int64_t plan, const part_row& part) {
    const hold held(guard_);
    const unsynced now(db_, file_);
    return write_part(db_, file_, plan, part);
}

result<void> sqlite_state::committed(const lane_key& lane, const lane_row& row, std::int64_t plan) {
    const hold held(guard_);
    sqlite_transaction all(db_, file_);
    auto done = all.begin();
    if (done) done = write_lane(lane, row);
    if (done) done = erase_plan(plan);
    if (done) done = all.commit();
    return done;
}

} // namespace sluice
