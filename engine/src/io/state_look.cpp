// engine: a state file that is only looked at.
#include "state_look.hpp"

#include "sqlite_state.hpp"
#include "state_schema.hpp"
#include "state_version.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

constexpr int patience_ms = 10'000; // other processes write for milliseconds

/// A path as a part of SQLite's URIs.
std::string escaped(const std::string& path) {
    std::string text;
    for (const char each : path) {
        if (each == '%' || each == '?' || each == '#')
            fmt::format_to(std::back_inserter(text), "%{:02x}", static_cast<unsigned char>(each));
        else
            text += each;
    }
    return text;
}

/// An older file as it will be: a copy in memory, for the file itself is not to be changed.
result<read_only_database>
up_to_date(read_only_database of, const std::string& file, std::int64_t version) {
    sqlite3* opened = nullptr;
    int code = sqlite3_open(":memory:", &opened);
    read_only_database copy(opened, sqlite3_close);
    if (code != SQLITE_OK) return sqlite_failure(copy.get(), file, code);
    sqlite3_backup* const copying = sqlite3_backup_init(opened, "main", of.get(), "main");
    if (copying == nullptr) return sqlite_failure(opened, file, sqlite3_errcode(opened));
    sqlite3_backup_step(copying, -1);
    code = sqlite3_backup_finish(copying);
    if (code != SQLITE_OK) return sqlite_failure(opened, file, code);
    auto upgraded = upgrade_schema(opened, file, version);
    if (!upgraded) return upgraded.error();
    return copy;
}

} // namespace

result<read_only_database> open_to_look(const std::string& file) {
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) return read_only_database(nullptr, sqlite3_close);
    // Nobody has it open: nothing beside it is needed, nor made, in a folder that is read-only,
    // too.
    const bool is_alone = !std::filesystem::exists(file + "-wal", failed);
    const std::string name = "file:" + escaped(file) + (is_alone ? "?immutable=1" : "");
    sqlite3* opened = nullptr;
    constexpr int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_URI;
    const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
    read_only_database db(opened, sqlite3_close);
    if (code != SQLITE_OK) return sqlite_failure(db.get(), file, code);
    sqlite3_busy_timeout(db.get(), patience_ms);
    auto begun = sqlite_execute(db.get(), file, "BEGIN"); // ends with the connection
    if (!begun) return begun.error();
    return db;
}

result<std::unique_ptr<state_store>> look_at_state(const std::string& file) {
    std::unique_ptr<state_store> none;
    auto db = open_to_look(file);
    if (!db) return db.error();
    if (!*db) return none;
    auto version = state_version(db->get(), file);
    if (!version) return version.error();
    if (*version == 0) return none;
    auto whole = check_whole(db->get(), file);
    if (!whole) return whole.error();
    if (*version < state_schema_version) db = up_to_date(std::move(*db), file, *version);
    if (!db) return db.error();
    std::unique_ptr<state_store> state = std::make_unique<sqlite_state>(file, db->get());
    db->release();
    return state;
}

result<std::optional<known_transfer>>
known_work(state_store& journal, const named_work& asked, const std::string& data_dir) {
    auto row = journal.find_transfer(asked.row.name);
    if (!row) return row.error();
    if (!*row) return std::optional<known_transfer>();
    auto destinations = journal.destinations(asked.row.name);
    if (!destinations) return destinations.error();
    named_work known{std::move(**row), std::move(*destinations)};
    auto same = check_same_work(known, asked, data_dir);
    if (!same) return same.error();
    return std::optional<known_transfer>(known_transfer{
        std::move(known.row), std::move(known.destinations)});
}

} // namespace sluice
