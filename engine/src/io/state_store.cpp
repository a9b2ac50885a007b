// engine: opening the journal: a file of ours, of a version we know, and safe on disk.
#include "sqlite_state.hpp"
#include "state_schema.hpp"
#include "state_version.hpp"

#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace sluice {

namespace {

failure cannot_create(const std::string& what, const std::error_code& ec) {
    failure why;
    const bool full = ec == std::errc::no_space_on_device || ec.value() == EDQUOT;
    why.code = full ? errc::disk_full : errc::io_error;
    why.where = "state file " + what + ": " + ec.message();
    return why;
}

failure in_state_file(failure why, const std::string& file) {
    why.where = "state file " + file + ": " + why.where;
    return why;
}

/// Makes folder and file for their owner alone, their names durable before anything depends on
/// them; SQLite gives its other files the same permissions, and syncs their names. An existing file
/// is not opened here: closing it again would drop SQLite's locks on it.
result<void> create_private(const std::string& file) {
    std::error_code failed;
    const std::filesystem::path folder =
        std::filesystem::absolute(std::filesystem::path(file), failed).parent_path();
    auto made = make_durable_directory(folder);
    if (!made) return in_state_file(made.error(), file);
    const int fresh = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fresh < 0 && errno != EEXIST)
        return cannot_create(file, std::error_code(errno, std::generic_category()));
    if (fresh < 0) return result<void>();
    ::close(fresh);
    auto synced = sync_directory(folder);
    if (!synced) return in_state_file(synced.error(), file);
    return result<void>();
}

using database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

result<void> create_schema(sqlite3* db, const std::string& file) {
    auto made = sqlite_execute(db, file, state_schema);
    if (made) made = sqlite_execute(db, file, state_destination_schema);
    if (made) made = sqlite_execute(db, file, state_url_schema);
    const std::string stamp = "PRAGMA application_id = " + std::to_string(state_application_id) +
                              "; PRAGMA user_version = " + std::to_string(state_schema_version);
    if (made) made = sqlite_execute(db, file, stamp.c_str());
    return made;
}

/// Creates the tables in an empty file, brings an older one up to date; refuses what is not ours or
/// of another version.
result<void> settle_schema(sqlite3* db, const std::string& file) {
    // Before others have to wait for us. Somebody may be making the file: what it is, is asked
    // again.
    auto version = state_version(db, file);
    if (version && *version > 0) {
        auto whole = check_whole(db, file);
        if (!whole) return whole;
    }
    sqlite_transaction all(db, file);
    auto begun = all.begin();
    if (!begun) return begun;
    version = state_version(db, file);
    if (!version) return version.error();
    if (*version == state_schema_version) return result<void>();
    auto made = *version == 0 ? create_schema(db, file) : upgrade_schema(db, file, *version);
    if (made) made = all.commit();
    return made;
}

constexpr int patience_ms = 10'000; // other processes write for milliseconds

/// What is refused is left to the last byte: closing would move into it what a WAL beside it holds.
void keep_as_it_is(sqlite3* db, bool on) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 1 : 0, nullptr);
}

/// The change to WAL, alone of all things, does not wait for who has the file open for a moment.
result<void> write_ahead(sqlite3* db, const std::string& file) {
    constexpr int pause_ms = 10;
    for (int waited = 0;; waited += pause_ms) {
        const int code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) return result<void>();
        const bool busy = (code & 0xff) == SQLITE_BUSY && waited < patience_ms;
        if (!busy) return sqlite_failure(db, file, code);
        sqlite3_sleep(pause_ms);
    }
}

} // namespace

result<std::unique_ptr<state_store>> state_store::open(const std::string& file) {
    auto created = create_private(file);
    if (!created) return created.error();
    sqlite3* opened = nullptr;
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
    database db(opened, sqlite3_close);
    if (code != SQLITE_OK) return sqlite_failure(db.get(), file, code);
    sqlite3_busy_timeout(db.get(), patience_ms);
    keep_as_it_is(db.get(), true);
    auto settled = settle_schema(db.get(), file);
    // Only then: another program's file is left as it is.
    if (settled) settled = write_ahead(db.get(), file);
    // The cache is of 64 KiB: rows are few, and written more than read.
    for (const char* pragma :
         {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON", "PRAGMA cache_size = -64"}) {
        if (settled) settled = sqlite_execute(db.get(), file, pragma);
    }
    if (!settled) return settled.error();
    keep_as_it_is(db.get(), false);
    std::unique_ptr<state_store> store = std::make_unique<sqlite_state>(file, db.get());
    db.release();
    return store;
}

} // namespace sluice
