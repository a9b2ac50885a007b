// tools: `sluice transfer`: what the state file knows, and wishes laid down in it.
#include "../core/json_text.hpp"
#include "../core/transfer_text.hpp"
#include "transfer_verbs.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

int run_list(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto rows = state.transfers();
        if (!rows) return rows.error();
        for (transfer_row& row : *rows) {
            auto seen = look_at(state, row);
            if (!seen) return seen.error();
            row = std::move(*seen);
        }
        std::vector<std::vector<destination_row>> parts;
        for (const transfer_row& row : *rows) {
            auto destinations = look_at_parts(state, row);
            if (!destinations) return destinations.error();
            parts.push_back(std::move(*destinations));
        }
        if (!flags.json) {
            name_hosts(*rows, parts);
            return transfer_list_text(*rows);
        }
        json_array list;
        for (std::size_t n = 0; n < rows->size(); ++n)
            list.add(transfer_json((*rows)[n], parts[n]));
        return list.done() + "\n";
    });
}

int run_show(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (row) row = look_at(state, std::move(*row));
        if (!row) return row.error();
        auto destinations = look_at_parts(state, *row);
        if (!destinations) return destinations.error();
        return flags.json ? transfer_json(*row, *destinations) + "\n"
                          : transfer_text(*row, *destinations);
    });
}

std::string paused_text(const transfer_row& row, const std::string& name) {
    if (row.observed == "completed") return name + " was completed before it could pause\n";
    return name + " is paused; continue with: sluice transfer resume " + name + "\n";
}

int run_pause(const transfer_flags& flags) {
    if (flags.means_a_part()) return run_part(flags, "paused");
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
    if (flags.means_a_part()) return run_part(flags, "running");
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        auto wished = state.set_desired(flags.name, "running");
        if (!wished) return wished.error();
        auto running = is_running(state, flags.name);
        if (!running) return running.error();
        auto held = still_held(state, flags.name);
        if (!held) return held.error();
        if (*running) return flags.name + " is running\n" + *held;
        return *held + "nobody runs " + flags.name + "; continue with:\n" + row->command + "\n";
    });
}

using transfer_action = int (*)(const transfer_flags&);

struct transfer_verb {
    const char* name;
    const char* about;
    const char* examples;
    transfer_action run;
    enum takes { nothing, a_name, json_too, a_part, an_address } words;
};
using takes = transfer_verb::takes;

constexpr transfer_verb transfer_verbs[] = {
    {"list",
     "List all transfers",
     "One whose process was killed is told as interrupted, with the line that continues "
     "it.\n\nExample:\n  sluice transfer list",
     run_list,
     takes::nothing},
    {"show",
     "Show one transfer",
     "Its destinations, how far it is, the line that continues it, and the names under which "
     "`sluice inspect` (claim)\nand `sluice stream cursors` know it.\n\nExample:\n"
     "  sluice transfer show nightly --json",
     run_show,
     takes::json_too},
    {"pause",
     "Ask a running transfer to pause",
     "Works from another terminal: the process that runs the transfer sees the wish, finishes what "
     "is on its\nway, stores where it stands, and ends with status 10. With --to or --partition "
     "only "
     "that destination or\npartition pauses, and the others go on; it stays paused until it is "
     "resumed.\n\nExamples:\n  sluice transfer pause nightly\n"
     "  sluice transfer pause nightly --to s3://second/logs\n"
     "  sluice transfer pause nightly --to s3://second/logs --partition 3",
     run_pause,
     takes::a_part},
    {"resume",
     "Take back a pause; print the command that continues",
     "Examples:\n  sluice transfer resume nightly\n  sluice transfer resume nightly --to "
     "s3://second/logs",
     run_resume,
     takes::a_part},
    {"stop",
     "End a transfer: publish what is complete, release the bucket's claim",
     "Works on a transfer that runs anywhere on this machine, and on one that nobody runs. Nothing "
     "unfinished stays\nbehind, and others may export there. The same export command begins again "
     "where it ended. Where nobody runs it,\nthis command does it: with the credentials of this "
     "shell, at the endpoints that the transfer had.\n\nExample:\n  sluice transfer stop nightly",
     run_stop,
     takes::a_part},
    {"cancel",
     "End a transfer: abort what is under way, remove what no commit names, release the claim",
     "What was committed stays. Works on a transfer that runs and on one that nobody runs.\n\n"
     "Example:\n  sluice transfer cancel nightly",
     run_cancel,
     takes::a_part},
    {"add-destination",
     "Export to one more destination from now on",
     "While the transfer runs anywhere on this machine it begins at once, else with the next run. "
     "It is a part of the\ntransfer from then on: the same export command goes on with it. The "
     "address may have options of its own.\n\nExamples:\n"
     "  sluice transfer add-destination nightly s3://third/logs\n"
     "  sluice transfer add-destination nightly "
     "'s3://third/logs?endpoint=https://s3.example.net&start=latest&bwlimit=5MiB/s'",
     run_add_destination,
     takes::an_address},
    {"remove-destination",
     "Export to a destination no more: publish what is complete, release its claim",
     "What was committed there stays. Works while the transfer runs and when nobody runs it; the "
     "same export command\nleaves it out until it is added again.\n\nExample:\n"
     "  sluice transfer remove-destination nightly s3://third/logs",
     run_remove_destination,
     takes::an_address},
    {"wait",
     "Wait until a transfer has ended",
     "Status 0 when it completed, 6 when something is missing nevertheless, 10 when it was paused, "
     "stopped or cancelled, 1 when it failed or "
     "was killed.\n\nExample:\n  sluice transfer wait nightly && echo done",
     run_wait,
     takes::a_name},
    {"delete",
     "Forget a transfer that has completed, or was stopped or cancelled",
     "Nothing in the bucket or the stream changes.\n\nExample:\n  sluice transfer delete nightly",
     run_delete,
     takes::a_name},
};

void add_transfer_verb(CLI::App& to, chosen_verb& chosen, const transfer_verb& what) {
    auto flags = std::make_shared<transfer_flags>();
    CLI::App* verb = to.add_subcommand(what.name, what.about);
    if (what.words != takes::nothing)
        verb->add_option("name", flags->name, "Name of the transfer")
            ->type_name("NAME")
            ->required();
    if (what.words == takes::a_part) {
        verb->add_option("--to", flags->to, "Only this destination: s3://bucket/prefix")
            ->type_name("DEST");
        verb->add_option("--partition", flags->partition, "Only this partition")->type_name("N");
    }
    if (what.words == takes::an_address)
        verb->add_option("destination", flags->to, "s3://bucket/prefix, for add with its options")
            ->type_name("DEST")
            ->required();
    if (what.words == takes::nothing || what.words == takes::json_too)
        verb->add_flag("--json", flags->json, "One JSON document");
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
