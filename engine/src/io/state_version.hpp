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

} // namespace sluice
