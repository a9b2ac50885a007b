// tools: options that several verbs share.
#pragma once

#include "../core/transfer_options.hpp"
#include "../io/stderr_logger.hpp"
#include "../io/transfer_console.hpp"

#include <sluice/base/result.hpp>
#include <sluice/engine/spec.hpp>

#include <string>

namespace CLI {
class App;
}

namespace sluice::command {

void add_s3_flags(CLI::App& to, s3_options& s3);
void add_data_dir(CLI::App& to, std::string& data_dir);
void add_state_file(CLI::App& to, std::string& state_file);
void add_transfer_flags(CLI::App& to, transfer_words& words);

struct chosen_verb;
/// What the verb's callback must know of the whole command line.
void take_command(const chosen_verb& chosen, transfer_words& words, std::string& state_file);

/// What a long command shows.
struct display_words {
    bool quiet = false;
    bool json = false;
    std::string stats = "10s";
    std::string log_format = "text";
    unsigned verbose = 0;
};
void add_display_flags(CLI::App& to, display_words& words);

/// Checked: errors name the option.
struct display {
    console_options console;
    log_format format = log_format::text;
    log_level least = log_level::warning;
    bool json = false;
};
result<display> make_display(const display_words& words);

} // namespace sluice::command
