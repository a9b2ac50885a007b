// tools: how a verb of the command is declared: its words here, its work in `chosen.run`.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::command {

/// Filled while the command line is read; `run` returns the exit status.
struct chosen_verb {
    std::function<int()> run;
    std::string command; ///< the whole command line, as a shell reads it
    /// Of a transfer's own command, run for somebody else's wish: that is laid down in this state
    /// file, and stands. Empty: a command as given, which takes a wish to pause back.
    std::string obeys;
    bool ends_only = false; ///< and nothing but wishes to end destinations is to be done
    std::string name;       ///< with `obeys`: of the transfer
    std::map<std::string, std::string> endpoints{}; ///< with `obeys`: as in transfer_words
};

/// A transfer's own command, to be run for a wish that is laid down in a state file.
struct stored_command {
    std::string line;
    std::string state_file;
    std::string name;
    std::map<std::string, std::string> endpoints; ///< as in transfer_words
    bool ends_only = false;                       ///< only destinations are ended
};

void add_export(CLI::App& to, chosen_verb& chosen);
void add_import(CLI::App& to, chosen_verb& chosen);
void add_verify(CLI::App& to, chosen_verb& chosen);
void add_repair(CLI::App& to, chosen_verb& chosen);
void add_ls(CLI::App& to, chosen_verb& chosen);
void add_plan(CLI::App& to, chosen_verb& chosen);
void add_probe(CLI::App& to, chosen_verb& chosen);
void add_cat(CLI::App& to, chosen_verb& chosen);
void add_cleanup(CLI::App& to, chosen_verb& chosen);
void add_inspect(CLI::App& to, chosen_verb& chosen);
void add_transfer(CLI::App& to, chosen_verb& chosen);
void add_stream(CLI::App& to, chosen_verb& chosen);
void add_bench(CLI::App& to, chosen_verb& chosen);

// `sluice plan …`
void add_plan_export(CLI::App& to, chosen_verb& chosen);
void add_plan_import(CLI::App& to, chosen_verb& chosen);

// `sluice stream …`
void add_stream_create(CLI::App& to, chosen_verb& chosen);
void add_stream_append(CLI::App& to, chosen_verb& chosen);
void add_stream_cat(CLI::App& to, chosen_verb& chosen);
void add_stream_info(CLI::App& to, chosen_verb& chosen);
void add_stream_list(CLI::App& to, chosen_verb& chosen);
void add_stream_verify(CLI::App& to, chosen_verb& chosen);
void add_stream_repair(CLI::App& to, chosen_verb& chosen);
void add_stream_trim(CLI::App& to, chosen_verb& chosen);
void add_stream_cursors(CLI::App& to, chosen_verb& chosen);
void add_stream_delete(CLI::App& to, chosen_verb& chosen);
void add_stream_release(CLI::App& to, chosen_verb& chosen);

// `sluice bench …`
void add_bench_export(CLI::App& to, chosen_verb& chosen);
void add_bench_import(CLI::App& to, chosen_verb& chosen);
void add_bench_records(CLI::App& to, chosen_verb& chosen);
void add_bench_append(CLI::App& to, chosen_verb& chosen);
void add_bench_fanout(CLI::App& to, chosen_verb& chosen);
void add_bench_suspend(CLI::App& to, chosen_verb& chosen);

/// Reads the command line and runs the verb. `argv` as main got it. Returns the exit status.
int run_command(int argc, const char* const* argv);
/// Runs the command that a transfer was begun with, under its name and at the endpoints it had, so
/// that what is wished in its state file is done.
int run_stored_command(const stored_command& what);

} // namespace sluice::command
