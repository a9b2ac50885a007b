// tools: how a transfer ended, as text for a person and as one JSON document.
#pragma once

#include <sluice/engine/error.hpp>
#include <sluice/engine/progress.hpp>

#include <optional>
#include <string>

namespace sluice::command {

/// Everything that is told at the end.
struct ending {
    progress final;
    std::optional<failure> outcome; ///< nullopt: everything done
    int exit_status = 0;
    double seconds = 0;  ///< wall time of this run
    std::string command; ///< the line that continues it
    std::string verb;    ///< "export", "import", "repair"
};

/// Whether the same command, given again, would go on: not where it would be refused or come to the
/// same damage again, what it names is not there, nothing was begun, or nothing is left to do.
bool can_be_continued(const ending& end);

/// Several lines, each with its newline.
std::string summary_text(const ending& end);
/// One line of JSON, without its newline.
std::string summary_json(const ending& end);
/// `{"code":…,"category":…,"message":…}` of a failure; `verb` as way_out takes it.
std::string failure_json(const failure& why, const std::string& verb);

} // namespace sluice::command
