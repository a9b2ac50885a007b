// tools: `sluice transfer`: what the state file knows, and wishes laid down in it.
#include "../core/json_text.hpp"
#include "../core/transfer_text.hpp"
#include "../io/output.hpp"
#include "flags.hpp"
#include "verb.hpp"

#include <sluice/base/error.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

namespace sluice::command {

namespace {

struct transfer_flags {
    std::string name;
    std::string state_file;
    bool json = false;
};

/// Every verb here: opens the state file, does `what`, tells failures.
template <class What>
int with_state(const transfer_flags& flags, What what) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    result<std::string> text = what(**state);
    if (!text) return complain(text.error(), side::source);
    auto written = write_out(*text);
    return written ? 0 : complain(written.error(), side::neither);
}

result<transfer_row> find_row(state_store& state, const std::string& name) {
    auto row = state.find_transfer(name);
    if (!row) return row.error();
    if (*row) return std::move(**row);
    failure why;
    why.code = errc::not_found;
    why.where = "transfer " + name + " (`sluice transfer list` shows what there is)";
    return why;
}

/// Whether a process runs the transfer now. The kernel knows: a lock dies with its holder.
result<bool> is_running(state_store& state, const std::string& name) {
    auto lock = state.lock_transfer(name);
    if (lock) return false;
    if (lock.error().code == engine_errc::run_by_other) return true;
    return lock.error();
}

int run_list(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto rows = state.transfers();
        if (!rows) return rows.error();
        if (!flags.json) return transfer_list_text(*rows);
        json_array list;
        for (const transfer_row& row : *rows)
            list.add(transfer_json(row));
        return list.done() + "\n";
    });
}

int run_show(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        return flags.json ? transfer_json(*row) + "\n" : transfer_text(*row);
    });
}

std::string paused_text(const transfer_row& row, const std::string& name) {
    if (row.observed == "completed") return name + " was completed before it could pause\n";
    return name + " is paused; continue with: sluice transfer resume " + name + "\n";
}

/// Waits a few seconds for the process that runs it to have paused.
result<std::string> pause_in(state_store& state, const std::string& name) {
    auto wished = state.set_desired(name, "paused");
    if (!wished) return wished.error();
    constexpr int tries = 100;
    constexpr int tries_per_look_at_lock = 10; // taking the lock disturbs whoever starts just now
    constexpr std::chrono::milliseconds between{100};
    for (int n = 0; n < tries; ++n) {
        auto row = find_row(state, name);
        if (!row) return row.error();
        bool ended = has_ended(*row);
        if (!ended && n % tries_per_look_at_lock == 0) {
            auto running = is_running(state, name);
            if (!running) return running.error();
            ended = !*running;
        }
        if (ended) return paused_text(*row, name);
        std::this_thread::sleep_for(between);
    }
    return name + " will pause as soon as its running steps allow\n";
}

int run_pause(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        if (row->observed == "completed") return flags.name + " is completed: nothing to pause\n";
        return pause_in(state, flags.name);
    });
}

int run_resume(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        auto wished = state.set_desired(flags.name, "running");
        if (!wished) return wished.error();
        auto running = is_running(state, flags.name);
        if (!running) return running.error();
        if (*running) return flags.name + " is running\n";
        return "nobody runs " + flags.name + "; continue with:\n" + row->command + "\n";
    });
}

using transfer_action = int (*)(const transfer_flags&);

struct transfer_verb {
    const char* name;
    const char* about;
    const char* examples;
    transfer_action run;
    bool takes_name;
    bool takes_json;
};

constexpr transfer_verb transfer_verbs[] = {
    {"list", "List all transfers", "Example:\n  sluice transfer list", run_list, false, true},
    {"show",
     "Show one transfer",
     "Example:\n  sluice transfer show nightly --json",
     run_show,
     true,
     true},
    {"pause",
     "Ask a running transfer to pause",
     "Works from another terminal: the process that runs the transfer sees the wish, finishes what "
     "is on its\nway, stores where it stands, and ends with status 10.\n\nExample:\n  sluice "
     "transfer pause nightly",
     run_pause,
     true,
     false},
    {"resume",
     "Take back a pause; print the command that continues",
     "Example:\n  sluice transfer resume nightly",
     run_resume,
     true,
     false},
};

void add_transfer_verb(CLI::App& to, chosen_verb& chosen, const transfer_verb& what) {
    auto flags = std::make_shared<transfer_flags>();
    CLI::App* verb = to.add_subcommand(what.name, what.about);
    if (what.takes_name)
        verb->add_option("name", flags->name, "Name of the transfer")
            ->type_name("NAME")
            ->required();
    if (what.takes_json) verb->add_flag("--json", flags->json, "One JSON document");
    add_state_file(*verb, flags->state_file);
    verb->footer(what.examples);
    const transfer_action run = what.run;
    verb->callback([flags, &chosen, run] { chosen.run = [flags, run] { return run(*flags); }; });
}

} // namespace

void add_transfer(CLI::App& to, chosen_verb& chosen) {
    CLI::App* verbs = to.add_subcommand("transfer", "List, show, pause and resume transfers");
    verbs->require_subcommand(1);
    for (const transfer_verb& each : transfer_verbs)
        add_transfer_verb(*verbs, chosen, each);
    verbs->footer("A transfer is known by its --name, or by the one `sluice transfer list` shows.");
}

} // namespace sluice::command
