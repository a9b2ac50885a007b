// engine: whose cursors of a stream are, as a state file tells.
#include "sqlite_statement.hpp"
#include "state_version.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/cursor_owners.hpp>

#include <filesystem>
#include <memory>
#include <system_error>

namespace sluice {

namespace {

constexpr int first_version_with_cursors = 4;
constexpr int patience_ms = 10'000;

result<std::vector<cursor_owner>> read_owners(sqlite3* db, const std::string& file) {
    auto begun = sqlite_execute(db, file, "BEGIN"); // ends with the connection
    if (!begun) return begun.error();
    auto version = state_version(db, file);
    if (!version) return version.error();
    std::vector<cursor_owner> owners;
    if (*version < first_version_with_cursors) return owners;
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
