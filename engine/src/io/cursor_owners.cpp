// engine: whose cursors of a stream are, as a state file tells.
#include "sqlite_statement.hpp"
#include "state_schema.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/cursor_owners.hpp>
#include <sluice/engine/error.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

namespace sluice {

namespace {

constexpr int first_version_with_cursors = 4;
constexpr int patience_ms = 10'000;

failure not_ours(const std::string& file) {
    failure why;
    why.code = engine_errc::state_unusable;
    why.where = "state file " + file +
                ": is another program's, or of a later version; name another one with --state";
    return why;
}

result<std::int64_t> number_of(sqlite3* db, const std::string& file, const char* pragma) {
    sqlite_statement ask(db, file, pragma);
    auto row = ask.step();
    if (!row) return row.error();
    return *row ? ask.integer() : 0;
}

/// Whether the file can tell of cursors.
result<bool> knows_cursors(sqlite3* db, const std::string& file) {
    auto version = number_of(db, file, "PRAGMA user_version");
    if (!version) return version.error();
    auto owner = number_of(db, file, "PRAGMA application_id");
    if (!owner) return owner.error();
    if (*version == 0 && *owner == 0) {
        auto tables = number_of(db, file, "SELECT count(*) FROM sqlite_schema");
        if (!tables) return tables.error();
        if (*tables == 0) return false; // made a moment ago
    }
    if (*owner != state_application_id || *version > state_schema_version) return not_ours(file);
    return *version >= first_version_with_cursors;
}

result<std::vector<cursor_owner>> read_owners(sqlite3* db, const std::string& file) {
    auto known = knows_cursors(db, file);
    if (!known) return known.error();
    std::vector<cursor_owner> owners;
    if (!*known) return owners;
    sqlite_statement ask(
        db,
        file,
        "SELECT cursor, transfer, target, endpoint FROM destination WHERE cursor <> '' "
        "ORDER BY transfer, id"
    );
    while (true) {
        auto row = ask.step();
        if (!row) return row.error();
        if (!*row) return owners;
        cursor_owner each;
        each.cursor = ask.text();
        each.transfer = ask.text();
        each.target = ask.text();
        each.endpoint = ask.text();
        owners.push_back(std::move(each));
    }
}

} // namespace

result<std::vector<cursor_owner>> cursor_owners(const std::string& state_file) {
    std::error_code failed;
    if (!std::filesystem::exists(state_file, failed)) return std::vector<cursor_owner>();
    sqlite3* opened = nullptr;
    constexpr int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX;
    const int code = sqlite3_open_v2(state_file.c_str(), &opened, flags, nullptr);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(opened, sqlite3_close);
    if (code != SQLITE_OK) return sqlite_failure(db.get(), state_file, code);
    sqlite3_busy_timeout(db.get(), patience_ms);
    return read_owners(db.get(), state_file);
}

} // namespace sluice
