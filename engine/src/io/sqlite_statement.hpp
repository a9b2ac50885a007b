// engine: SQLite, as far as the journal needs it: statements with bound values, transactions,
// failures as values.
#pragma once

#include <sluice/base/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What went wrong on `db`, told with the file's name. SQLITE_FULL is errc::disk_full, a file that
/// is no database or another program's engine_errc::state_unusable, all else errc::io_error.
failure sqlite_failure(sqlite3* db, const std::string& file, int code);

/// engine_errc::state_unusable, and the way out.
failure damaged_state(const std::string& file, const std::string& how);

/// Runs statements without values and rows.
result<void> sqlite_execute(sqlite3* db, const std::string& file, const char* sql);

/// What is done between `begin` and `commit` is durable as a whole, or undone when this goes.
class sqlite_transaction {
  public:
    sqlite_transaction(sqlite3* db, const std::string& file) : db_(db), file_(file) {}
    ~sqlite_transaction();
    sqlite_transaction(const sqlite_transaction&) = delete;
    sqlite_transaction& operator=(const sqlite_transaction&) = delete;
    result<void> begin();
    result<void> commit();

  private:
    sqlite3* db_;
    const std::string& file_;
    bool open_ = false;
};

/// A statement that is prepared once and run again and again, by one sqlite_statement at a time.
class kept_statement {
  public:
    kept_statement() = default;
    ~kept_statement() { forget(); }
    kept_statement(const kept_statement&) = delete;
    kept_statement& operator=(const kept_statement&) = delete;
    /// Before its database is closed.
    void forget();

  private:
    friend class sqlite_statement;
    sqlite3_stmt* statement_ = nullptr;
};

/// One prepared statement. Values are bound in order, columns read in order.
class sqlite_statement {
  public:
    sqlite_statement(sqlite3* db, const std::string& file, std::string_view sql);
    /// Always of the same text.
    sqlite_statement(
        sqlite3* db, const std::string& file, kept_statement& keeps, std::string_view sql
    );
    ~sqlite_statement();
    sqlite_statement(const sqlite_statement&) = delete;
    sqlite_statement& operator=(const sqlite_statement&) = delete;

    sqlite_statement& bind(std::int64_t value);
    sqlite_statement& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
    sqlite_statement& bind(std::uint32_t value) { return bind(static_cast<std::int64_t>(value)); }
    sqlite_statement& bind(const std::string& value);
    sqlite_statement& bind_null();

    /// True: a row is there to be read. False: the end.
    result<bool> step();
    /// For statements without rows.
    result<void> run();

    std::int64_t integer();
    std::uint64_t unsigned_integer() { return static_cast<std::uint64_t>(integer()); }
    std::string text();
    /// Whether the next column is null; does not go past it.
    bool null() const;

  private:
    sqlite3* db_;
    const std::string& file_;
    sqlite3_stmt* statement_ = nullptr;
    bool is_kept_ = false;
    int prepared_ = SQLITE_OK;
    int bound_ = 0;
    int read_ = 0;
};

} // namespace sluice
