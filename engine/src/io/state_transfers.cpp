// engine: the journal's transfers: what is wanted of them, and what is.
#include "run_lock.hpp"
#include "sqlite_state.hpp"
#include "state_rows.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <chrono>

namespace sluice {

namespace {

std::int64_t journal_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// The last column is computed: when the first of the open uploads will be aborted by the bucket.
std::string select_transfers(const char* which) {
    return std::string("SELECT ") + transfer_columns +
           ", (SELECT MIN(abort_at) FROM plan JOIN lane ON lane.id = plan.lane "
           "WHERE lane.transfer = transfer.name AND upload_id <> '') FROM transfer " +
           which;
}

} // namespace

sqlite_state::~sqlite_state() {
    write_part_.forget();
    update_plan_.forget();
    sqlite3_close(db_);
}

void sqlite_state::set(syncing how) {
    if (how == syncing_) return;
    const char* words =
        how == syncing::yes ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    if (sqlite_execute(db_, file_, words)) syncing_ = how;
}

result<std::vector<transfer_row>> sqlite_state::transfers() {
    const hold held(*this);
    sqlite_statement ask(db_, file_, select_transfers("ORDER BY name"));
    std::vector<transfer_row> rows;
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return rows;
        rows.push_back(read_transfer(ask));
    }
}

result<std::optional<transfer_row>> sqlite_state::find_transfer(const std::string& name) {
    const hold held(*this);
    sqlite_statement ask(db_, file_, select_transfers("WHERE name = ?"));
    auto row = ask.bind(name).step();
    if (!row) return row.error();
    if (!*row) return std::optional<transfer_row>();
    return std::optional<transfer_row>(read_transfer(ask));
}

result<void> sqlite_state::put_transfer(const transfer_row& row) {
    const hold held(*this);
    sqlite_statement put(
        db_,
        file_,
        std::string("INSERT INTO transfer (") + transfer_columns +
            ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET "
            "kind = excluded.kind, source = excluded.source, targets = excluded.targets, "
            "command = excluded.command, observed = excluded.observed, "
            "holder = excluded.holder, last_error = excluded.last_error, "
            "progress = excluded.progress, updated = excluded.updated, url = excluded.url"
    );
    return bind_transfer(put, row).run();
}

result<void> sqlite_state::set_desired(const std::string& name, const std::string& desired) {
    {
        const hold held(*this);
        sqlite_statement set(db_, file_, "UPDATE transfer SET desired = ? WHERE name = ?");
        auto done = set.bind(desired).bind(name).run();
        if (!done || sqlite3_changes(db_) > 0) return done;
    }
    failure why;
    why.code = errc::not_found;
    why.where = "transfer " + name + ": not in the state file " + file_;
    auto all = transfers();
    if (!all) return all.error();
    std::vector<std::string> names;
    for (const transfer_row& each : *all)
        names.push_back(each.name);
    if (const auto near = nearest(name, names)) why.where += "; did you mean " + *near + "?";
    return why;
}

result<void> sqlite_state::set_observed(
    const std::string& name,
    const std::string& observed,
    const std::string& progress_json,
    const std::string& error
) {
    const hold held(*this);
    const bool over = observed == "paused" || observed == "stopped" || observed == "cancelled" ||
                      observed == "completed" || observed == "failed";
    sqlite_statement set(
        db_,
        file_,
        "UPDATE transfer SET observed = ?, progress = ?, last_error = ?, updated = ?, "
        "holder = CASE WHEN ? THEN '' ELSE holder END WHERE name = ?"
    );
    set.bind(observed).bind(progress_json).bind(error).bind(journal_clock());
    return set.bind(std::int64_t{over}).bind(name).run();
}

result<void> sqlite_state::remove_transfer(const std::string& name) {
    const hold held(*this);
    sqlite_transaction all(db_, file_);
    auto done = all.begin();
    for (const char* sql :
         {"DELETE FROM lane WHERE transfer = ?",
          "DELETE FROM destination WHERE transfer = ?",
          "DELETE FROM transfer WHERE name = ?"}) {
        if (!done) return done;
        sqlite_statement erase(db_, file_, sql);
        done = erase.bind(name).run();
    }
    if (done) done = all.commit();
    return done;
}

result<std::int64_t> sqlite_state::data_version() {
    const hold held(*this);
    sqlite_statement ask(db_, file_, "PRAGMA data_version");
    auto row = ask.step();
    if (!row) return row.error();
    return ask.integer();
}

result<std::unique_ptr<state_store::run_lock>> sqlite_state::lock_transfer(const std::string& name
) {
    return take_run_lock(file_, name);
}

result<bool> sqlite_state::is_locked(const std::string& name) {
    return is_run_locked(file_, name);
}

} // namespace sluice
