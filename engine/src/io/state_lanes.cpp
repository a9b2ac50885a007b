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
    const hold held(*this);
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
    const hold held(*this);
    return write_lane(lane, row);
}

result<std::vector<plan_row>> sqlite_state::plans(const lane_key& lane) {
    const hold held(*this);
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
    const hold held(*this);
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
    const hold held(*this);
    sqlite_statement set(
        db_,
        file_,
        update_plan_,
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
    const hold held(*this);
    return erase_plan(id);
}

result<std::vector<part_row>> sqlite_state::parts(std::int64_t plan) {
    const hold held(*this);
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

result<void> sqlite_state::write_part(std::int64_t plan, const part_row& part) {
    sqlite_statement put(
        db_,
        file_,
        write_part_,
        std::string("INSERT OR REPLACE INTO part (plan, ") + part_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?)"
    );
    put.bind(plan);
    return bind_part(put, part).run();
}

result<void> sqlite_state::put_part(std::int64_t plan, const part_row& part) {
    const hold held(*this);
    return write_part(plan, part);
}

/// A part in 8 MiB would cost a sync.
result<void> sqlite_state::note_part(std::int64_t plan, const part_row& part) {
    const hold held(*this, syncing::no);
    return write_part(plan, part);
}

result<void> sqlite_state::committed(const lane_key& lane, const lane_row& row, std::int64_t plan) {
    const hold held(*this);
    sqlite_transaction all(db_, file_);
    auto done = all.begin();
    if (done) done = write_lane(lane, row);
    if (done) done = erase_plan(plan);
    if (done) done = all.commit();
    return done;
}

} // namespace sluice
