// engine: whose cursors of a stream are, as a state file tells.
#include "sqlite_statement.hpp"
#include "state_look.hpp"
#include "state_version.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/cursor_owners.hpp>

namespace sluice {

namespace {

constexpr int first_version_with_cursors = 4;

result<std::vector<cursor_owner>> read_owners(sqlite3* db, const std::string& file) {
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
    auto db = open_to_look(state_file);
    if (!db) return db.error();
    if (!*db) return std::vector<cursor_owner>();
    return read_owners(db->get(), state_file);
}

} // namespace sluice
