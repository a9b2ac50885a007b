// engine: the journal's destinations: what is wanted of each and of its lanes, and what is.
#include "sqlite_state.hpp"

#include <sluice/base/error.hpp>

namespace sluice {

namespace {

/// What it is; the rest is what is wanted of it, and seen.
constexpr const char* place_columns = "target, endpoint, url, address, claim, cursor, added";
constexpr const char* wish_columns = "desired, observed, last_error";
const std::string destination_columns = std::string(place_columns) + ", " + wish_columns;

destination_row read_destination(sqlite_statement& from) {
    destination_row row;
    row.id = from.integer();
    row.target = from.text();
    row.endpoint = from.text();
    row.url = from.text();
    row.address = from.text();
    row.claim = from.text();
    row.cursor = from.text();
    row.added = from.integer() != 0;
    row.desired = from.text();
    row.observed = from.text();
    row.last_error = from.text();
    return row;
}

sqlite_statement& bind_place(sqlite_statement& to, const destination_row& row) {
    to.bind(row.target).bind(row.endpoint).bind(row.url).bind(row.address);
    return to.bind(row.claim).bind(row.cursor).bind(std::int64_t{row.added});
}

} // namespace

result<void> sqlite_state::read_lane_wishes(destination_row& of) {
    sqlite_statement ask(
        db_,
        file_,
        "SELECT partition, desired, observed FROM lane_wish WHERE destination = ? "
        "ORDER BY partition"
    );
    ask.bind(of.id);
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return result<void>();
        lane_wish_row lane;
        lane.partition = static_cast<std::uint32_t>(ask.integer());
        lane.desired = ask.text();
        lane.observed = ask.text();
        of.lanes.push_back(std::move(lane));
    }
}

result<std::vector<destination_row>> sqlite_state::destinations(const std::string& transfer) {
    const hold held(*this);
    sqlite_statement ask(
        db_,
        file_,
        "SELECT id, " + destination_columns + " FROM destination WHERE transfer = ? ORDER BY id"
    );
    ask.bind(transfer);
    std::vector<destination_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) break;
        rows.push_back(read_destination(ask));
    }
    for (destination_row& each : rows) {
        auto lanes = read_lane_wishes(each);
        if (!lanes) return lanes.error();
    }
    return rows;
}

/// What lists of transfers tell of an export's destinations.
result<void> sqlite_state::name_targets(std::int64_t destination) {
    sqlite_statement set(
        db_,
        file_,
        "UPDATE transfer SET targets = (SELECT group_concat(target, ' ') FROM (SELECT target FROM "
        "destination WHERE transfer = name AND desired <> 'removed' ORDER BY id)) "
        "WHERE name = (SELECT transfer FROM destination WHERE id = ?) AND kind = 'export' AND "
        "EXISTS (SELECT 1 FROM destination WHERE transfer = name AND desired <> 'removed')"
    );
    return set.bind(destination).run();
}

result<std::int64_t>
sqlite_state::write_destination(const std::string& transfer, const destination_row& row) {
    if (row.id != 0) {
        sqlite_statement set(
            db_,
            file_,
            std::string("UPDATE destination SET (") + place_columns +
                ") = (?,?,?,?,?,?,?) WHERE id = ?"
        );
        auto done = bind_place(set, row).bind(row.id).run();
        if (!done) return done.error();
        return row.id;
    }
    sqlite_statement add(
        db_,
        file_,
        "INSERT INTO destination (transfer, " + destination_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?)"
    );
    add.bind(transfer);
    bind_place(add, row).bind(row.desired).bind(row.observed).bind(row.last_error);
    auto added = add.run();
    if (!added) return added.error();
    return std::int64_t{sqlite3_last_insert_rowid(db_)};
}

result<std::int64_t>
sqlite_state::put_destination(const std::string& transfer, const destination_row& row) {
    const hold held(*this);
    sqlite_transaction all(db_, file_);
    auto begun = all.begin();
    if (!begun) return begun.error();
    auto id = write_destination(transfer, row);
    if (!id) return id;
    auto done = name_targets(*id);
    if (done) done = all.commit();
    if (!done) return done.error();
    return id;
}

result<void> sqlite_state::forget_destination(std::int64_t id) {
    const hold held(*this);
    sqlite_statement erase(db_, file_, "DELETE FROM destination WHERE id = ?");
    return erase.bind(id).run();
}

/// What has come to an end, and is to go on, has not ended: before anybody runs it, too.
result<void> sqlite_state::forget_ends(std::int64_t destination) {
    for (const char* sql :
         {"UPDATE lane_wish SET observed = 'pending' WHERE destination = ? AND observed IN "
          "('stopped', 'cancelled')",
          "UPDATE destination SET observed = 'pending' WHERE id = ? AND observed IN "
          "('stopped', 'cancelled', 'removed')"}) {
        sqlite_statement set(db_, file_, sql);
        auto done = set.bind(destination).run();
        if (!done) return done;
    }
    return result<void>();
}

result<void> sqlite_state::write_desired(
    std::int64_t destination, std::optional<std::uint32_t> partition, const std::string& desired
) {
    if (!partition) {
        sqlite_statement set(db_, file_, "UPDATE destination SET desired = ? WHERE id = ?");
        auto done = set.bind(desired).bind(destination).run();
        return done ? name_targets(destination) : done;
    }
    sqlite_statement put(
        db_,
        file_,
        "INSERT INTO lane_wish (destination, partition, desired, observed) VALUES (?,?,?,'') "
        "ON CONFLICT (destination, partition) DO UPDATE SET desired = excluded.desired"
    );
    return put.bind(destination).bind(*partition).bind(desired).run();
}

result<void> sqlite_state::set_desired(
    std::int64_t destination, std::optional<std::uint32_t> partition, const std::string& desired
) {
    const hold held(*this);
    sqlite_transaction all(db_, file_);
    auto done = all.begin();
    if (done) done = write_desired(destination, partition, desired);
    if (done && desired == "running") done = forget_ends(destination);
    if (done) done = all.commit();
    return done;
}

result<void> sqlite_state::set_observed(const std::vector<destination_row>& rows) {
    const hold held(*this);
    sqlite_transaction all(db_, file_);
    auto done = all.begin();
    for (const destination_row& row : rows) {
        if (!done) return done;
        sqlite_statement set(
            db_,
            file_,
            "UPDATE destination SET endpoint = ?, url = ?, claim = ?, cursor = ?, observed = ?, "
            "last_error = ? WHERE id = ?"
        );
        set.bind(row.endpoint).bind(row.url).bind(row.claim).bind(row.cursor);
        done = set.bind(row.observed).bind(row.last_error).bind(row.id).run();
        for (const lane_wish_row& lane : row.lanes) {
            if (!done) return done;
            sqlite_statement put(
                db_,
                file_,
                "INSERT INTO lane_wish (destination, partition, desired, observed) "
                "VALUES (?,?,'running',?) ON CONFLICT (destination, partition) "
                "DO UPDATE SET observed = excluded.observed"
            );
            done = put.bind(row.id).bind(lane.partition).bind(lane.observed).run();
        }
    }
    if (done) done = all.commit();
    return done;
}

} // namespace sluice
