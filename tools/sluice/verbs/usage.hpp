// tools: what is wrong with a command line, in one line.
#pragma once

#include "verb.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
} // namespace CLI

namespace sluice::command {

/// Declares every verb on `app`.
void prepare_command(CLI::App& app, chosen_verb& chosen);

/// One line: the unknown word with the nearest known one, or what else is wrong, and where help is.
std::string usage_error(
    const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& wrong
);

} // namespace sluice::command
