// tools: `sluice transfer`: what the state file knows, and wishes laid down in it.
#include "../core/json_text.hpp"
#include "../core/transfer_text.hpp"
#include "transfer_verbs.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

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

int run_pause(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        if (row->observed == "completed") return flags.name + " is completed: nothing to pause\n";
        auto wished = state.set_desired(flags.name, "paused");
        if (!wished) return wished.error();
        constexpr int looks = 100;
        auto ended = wait_for_end(state, flags.name, looks);
        if (!ended) return ended.error();
        if (!*ended) return flags.name + " will pause as soon as its running steps allow\n";
        return paused_text(**ended, flags.name);
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
    {"stop",
     "End a transfer: publish what is complete, release the bucket's claim",
     "Works on a transfer that runs anywhere on this machine, and on one that nobody runs. Nothing "
     "unfinished stays\nbehind, and others may export there. The same export command begins again "
     "where it ended.\n\nExample:\n  sluice transfer stop nightly",
     run_stop,
     true,
     false},
    {"cancel",
     "End a transfer: abort what is under way, remove what no commit names, release the claim",
     "What was committed stays. Works on a transfer that runs and on one that nobody runs.\n\n"
     "Example:\n  sluice transfer cancel nightly",
     run_cancel,
     true,
     false},
    {"wait",
     "Wait until a transfer has ended",
     "Status 0 when it completed, 10 when it was paused, stopped or cancelled, 1 when it failed or "
     "was killed.\n\nExample:\n  sluice transfer wait nightly && echo done",
     run_wait,
     true,
     false},
    {"delete",
     "Forget a transfer that has completed, or was stopped or cancelled",
     "Nothing in the bucket or the stream changes.\n\nExample:\n  sluice transfer delete nightly",
     run_delete,
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
    CLI::App* verbs =
        to.add_subcommand("transfer", "List, show, pause, resume, stop and cancel transfers");
    verbs->require_subcommand(1);
    for (const transfer_verb& each : transfer_verbs)
        add_transfer_verb(*verbs, chosen, each);
    verbs->footer("A transfer is known by its --name, or by the one `sluice transfer list` shows.");
}

} // namespace sluice::command
