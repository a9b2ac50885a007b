// tools: where things lie when nobody says otherwise (XDG base directories).
#include "directories.hpp"

#include <cstdlib>

namespace sluice::command {

namespace {

/// The specification tells to ignore relative paths in these variables.
std::string base_directory(const char* variable, const char* below_home) {
    const char* own = std::getenv(variable);
    if (own && own[0] == '/') return own;
    const char* home = std::getenv("HOME");
    return std::string(home && home[0] == '/' ? home : "") + below_home;
}

} // namespace

std::string default_data_dir() {
    return base_directory("XDG_DATA_HOME", "/.local/share") + "/sluice";
}

std::string default_state_file() {
    return base_directory("XDG_STATE_HOME", "/.local/state") + "/sluice/state.sqlite";
}

} // namespace sluice::command
