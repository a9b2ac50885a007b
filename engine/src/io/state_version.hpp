// engine: whose file a state file is, and of which version.
#pragma once

#include <sluice/base/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace sluice {

/// The version of the tables in `file`, 1 to state_schema_version; 0: it has none yet.
/// engine_errc::state_unusable: it is another program's, or of a version that is not known here.
/// It looks three times: in a transaction, which is the caller's.
result<std::int64_t> state_version(sqlite3* db, const std::string& file);

/// Brings the tables of an older version up to date. In a transaction, which is the caller's.
result<void> upgrade_schema(sqlite3* db, const std::string& file, std::int64_t from);

/// Reads all of it: a file that was cut, a page that is not what it was, a WAL of another file.
/// engine_errc::state_unusable.
result<void> check_whole(sqlite3* db, const std::string& file);

} // namespace sluice
