// engine: a state file that is only looked at.
#pragma once

#include "../core/same_work.hpp"
#include "refused_command.hpp"

#include <sluice/engine/state_store.hpp>

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>

namespace sluice {

using read_only_database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

/// All of these block, and make no file and bring none up to date.

/// Null: there is no such file. Errors: errc::io_error, engine_errc::state_unusable.
result<read_only_database> open_to_look(const std::string& file);

/// To be asked, not told. One of an older version reads as it will be when it is brought up to
/// date. Null: there is no such file, or nothing in it. Errors: those of open_to_look;
/// state_unusable for another program's file, for one of a later version, and for a damaged one.
result<std::unique_ptr<state_store>> look_at_state(const std::string& file);

/// What the journal knows by the name that is asked for; refused where that is other work. Errors:
/// those of check_same_work, and the journal's.
result<std::optional<known_transfer>>
known_work(state_store& journal, const named_work& asked, const std::string& data_dir);

} // namespace sluice
