// engine: SQLite, as far as the journal needs it.
#include "sqlite_statement.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>

#include <utility>

namespace sluice {

failure damaged_state(const std::string& file, const std::string& how) {
    failure why;
    why.code = engine_errc::state_unusable;
    why.where = "state file " + file + ": " + how + "; move it away, with " + file + "-wal and " +
                file + "-shm where there are such: it is a journal and a cache, and the next run " +
                "learns everything from the bucket";
    return why;
}

failure sqlite_failure(sqlite3* db, const std::string& file, int code) {
    failure why;
    why.where = "state file " + file + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    switch (code & 0xff) {
    case SQLITE_FULL:
        why.code = errc::disk_full;
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return damaged_state(file, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    default:
        why.code = errc::io_error;
    }
    return why;
}

result<void> sqlite_execute(sqlite3* db, const std::string& file, const char* sql) {
    const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_failure(db, file, code);
    return result<void>();
}

sqlite_transaction::~sqlite_transaction() {
    // SQLite may have undone it by itself, after a full disk.
    if (open_ && sqlite3_get_autocommit(db_) == 0)
        sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

result<void> sqlite_transaction::begin() {
    auto begun = sqlite_execute(db_, file_, "BEGIN IMMEDIATE");
    open_ = begun.has_value();
    return begun;
}

result<void> sqlite_transaction::commit() {
    auto done = sqlite_execute(db_, file_, "COMMIT");
    if (done) open_ = false;
    return done;
}

void kept_statement::forget() {
    sqlite3_finalize(std::exchange(statement_, nullptr));
}

sqlite_statement::sqlite_statement(sqlite3* db, const std::string& file, std::string_view sql)
    : db_(db), file_(file) {
    prepared_ =
        sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
}

sqlite_statement::sqlite_statement(
    sqlite3* db, const std::string& file, kept_statement& keeps, std::string_view sql
)
    : db_(db), file_(file), is_kept_(true) {
    if (keeps.statement_ == nullptr)
        prepared_ = sqlite3_prepare_v2(
            db, sql.data(), static_cast<int>(sql.size()), &keeps.statement_, nullptr
        );
    statement_ = keeps.statement_;
}

sqlite_statement::~sqlite_statement() {
    if (!is_kept_) {
        sqlite3_finalize(statement_);
        return;
    }
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

sqlite_statement& sqlite_statement::bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
}

sqlite_statement& sqlite_statement::bind(const std::string& value) {
    sqlite3_bind_text(
        statement_, ++bound_, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT
    );
    return *this;
}

sqlite_statement& sqlite_statement::bind_null() {
    sqlite3_bind_null(statement_, ++bound_);
    return *this;
}

result<bool> sqlite_statement::step() {
    if (prepared_ != SQLITE_OK) return sqlite_failure(db_, file_, prepared_);
    read_ = 0;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_failure(db_, file_, code);
}

result<void> sqlite_statement::run() {
    auto stepped = step();
    if (!stepped) return stepped.error();
    return result<void>();
}

std::int64_t sqlite_statement::integer() {
    return sqlite3_column_int64(statement_, read_++);
}

std::string sqlite_statement::text() {
    const int column = read_++;
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (!bytes) return std::string();
    return std::string(
        reinterpret_cast<const char*>(bytes),
        static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))
    );
}

bool sqlite_statement::null() const {
    return sqlite3_column_type(statement_, read_) == SQLITE_NULL;
}

} // namespace sluice
