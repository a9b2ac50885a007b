// tools: where things lie when nobody says otherwise (XDG base directories).
#pragma once

#include <string>

namespace sluice::command {

/// $XDG_DATA_HOME/sluice, else ~/.local/share/sluice.
std::string default_data_dir();
/// $XDG_STATE_HOME/sluice/state.sqlite, else ~/.local/state/sluice/state.sqlite.
std::string default_state_file();

} // namespace sluice::command
