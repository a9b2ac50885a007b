// engine: whose file a state file is, and of which version.
#include "state_version.hpp"

#include "sqlite_statement.hpp"
#include "state_schema.hpp"

#include <sluice/engine/error.hpp>

namespace sluice {

namespace {

result<std::int64_t> ask_number(sqlite3* db, const std::string& file, const char* sql) {
    sqlite_statement ask(db, file, sql);
    auto row = ask.step();
    if (!row) return row.error();
    return *row ? ask.integer() : 0;
}

failure unusable(const std::string& file, const std::string& how) {
    failure why;
    why.code = engine_errc::state_unusable;
    why.where = "state file " + file + ": " + how;
    return why;
}

} // namespace

result<void> upgrade_schema(sqlite3* db, const std::string& file, std::int64_t from) {
    result<void> made;
    if (from < 2) made = sqlite_execute(db, file, state_upgrade_from_1);
    if (made && from < 3) made = sqlite_execute(db, file, state_destination_schema);
    if (made) made = sqlite_execute(db, file, state_url_schema);
    const std::string stamp = "PRAGMA user_version = " + std::to_string(state_schema_version);
    if (made) made = sqlite_execute(db, file, stamp.c_str());
    return made;
}

result<void> check_whole(sqlite3* db, const std::string& file) {
    sqlite_statement ask(db, file, "PRAGMA integrity_check(1)");
    auto row = ask.step();
    if (!row) return row.error();
    const std::string told = *row ? ask.text() : "nothing";
    if (told == "ok") return result<void>();
    return damaged_state(file, "is damaged: " + told);
}

result<std::int64_t> state_version(sqlite3* db, const std::string& file) {
    auto version = ask_number(db, file, "PRAGMA user_version");
    if (!version) return version.error();
    auto owner = ask_number(db, file, "PRAGMA application_id");
    if (!owner) return owner.error();
    auto tables = ask_number(db, file, "SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*tables == 0 && *version == 0) return std::int64_t{0};
    if (*owner != state_application_id)
        return unusable(file, "is another program's database; name another file");
    if (*version > 0 && *version <= state_schema_version) return *version;
    return unusable(
        file,
        "has schema version " + std::to_string(*version) + ", this program knows " +
            std::to_string(state_schema_version) + "; use the newer sluice, or another state file"
    );
}

} // namespace sluice
