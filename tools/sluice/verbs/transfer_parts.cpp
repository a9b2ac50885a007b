// tools: `sluice transfer pause|resume|stop|cancel --to …`, `add-destination`,
// `remove-destination`: parts of a transfer.
#include "../core/transfer_text.hpp"
#include "transfer_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/destinations.hpp>

#include <chrono>
#include <optional>
#include <thread>

namespace sluice::command {

namespace {

constexpr std::chrono::milliseconds between_part_looks{100};
constexpr int paused_on_request = 10;

std::string part_name(const transfer_flags& flags) {
    std::string text = flags.to.empty() ? flags.name : flags.to + " of " + flags.name;
    if (flags.partition) text = "partition " + std::to_string(*flags.partition) + " of " + text;
    return text;
}

/// What is observed of the part; empty: it is not there.
std::string observed_of(const destination_row& row, const transfer_flags& flags) {
    if (!flags.partition) return row.observed;
    for (const lane_wish_row& lane : row.lanes)
        if (lane.partition == *flags.partition) return lane.observed;
    return "";
}

result<std::vector<destination_row>> meant(state_store& state, const transfer_flags& flags) {
    auto rows = state.destinations(flags.name);
    if (!rows) return rows.error();
    std::vector<destination_row> chosen;
    if (!flags.to.empty()) {
        auto found = find_destination(*rows, flags.to);
        if (!found) return found.error();
        chosen.push_back((*rows)[*found]);
        return chosen;
    }
    for (destination_row& row : *rows)
        if (row.desired != "removed") chosen.push_back(std::move(row));
    return chosen;
}

failure of_import(const transfer_row& row) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "transfer " + row.name + " is an " + row.kind +
                ": only whole ones can be stopped or cancelled, and its partitions be paused";
    return why;
}

/// Whether the wish has been followed as far as it will be. A failure may be one of before: the
/// running process needs a moment to see the wish.
bool is_followed(const std::string& observed, const std::string& desired, bool just_now) {
    if (observed == desired || observed == "removed") return true;
    if (desired == "paused" && observed == "completed") return true;
    if (desired != "paused" && observed == "paused")
        return false; // from there it can be ended, too
    return !just_now && is_at_rest(observed);
}

struct part_end {
    bool running = false;  ///< somebody runs the transfer still
    bool followed = false; ///< everything meant has come to rest
    std::string observed;
};

/// Looks ten times a second, `looks` times at most (0: for ever) as long as somebody runs it.
result<part_end> wait_for_part(
    state_store& state, const transfer_flags& flags, const std::string& desired, int looks
) {
    part_end end;
    for (int n = 0; looks == 0 || n < looks; ++n) {
        auto running = is_running(state, flags.name);
        if (!running) return running.error();
        auto rows = meant(state, flags);
        if (!rows) return rows.error();
        end.running = *running;
        end.followed = true;
        constexpr int looks_of_grace = 10;
        for (const destination_row& row : *rows) {
            const std::string now = observed_of(row, flags);
            if (is_followed(now, desired, n < looks_of_grace)) continue;
            end.followed = false;
            end.observed = now;
        }
        if (rows->size() == 1) end.observed = observed_of(rows->front(), flags);
        if (end.followed || !end.running) return end;
        std::this_thread::sleep_for(between_part_looks);
    }
    return end;
}

std::string resume_line_of(const transfer_flags& flags) {
    return resume_line(flags.name, flags.to, flags.partition);
}

int pause_part(state_store& state, const transfer_flags& flags) {
    constexpr int looks = 100;
    auto end = wait_for_part(state, flags, "paused", looks);
    if (!end) return complain(end.error(), side::neither);
    const std::string part = part_name(flags);
    if (!end->running)
        return tell(
            part + " will stay paused when it runs; it goes on with: " + resume_line_of(flags)
        );
    if (!end->followed) return tell(part + " will pause as soon as its running steps allow");
    if (end->observed == "completed") return tell(part + " is completed: nothing to pause");
    return tell(part + " is paused; continue with: " + resume_line_of(flags));
}

int resume_part(state_store& state, const transfer_row& row, const transfer_flags& flags) {
    auto running = is_running(state, row.name);
    if (!running) return complain(running.error(), side::neither);
    if (*running) return tell(part_name(flags) + " goes on");
    return tell("nobody runs " + row.name + "; continue with:\n" + row.command);
}

failure did_not_end(const transfer_flags& flags, const part_end& end) {
    failure why;
    why.code = errc::io_error;
    why.where = part_name(flags) + " is " + end.observed + "; `sluice transfer show " + flags.name +
                "` tells why";
    return why;
}

/// Whoever runs it follows the wish, or else this process does, just as far as it demands. nullopt:
/// the transfer was begun meanwhile.
std::optional<int> end_part(
    state_store& state,
    const transfer_row& row,
    const transfer_flags& flags,
    const std::string& desired
) {
    auto end = wait_for_part(state, flags, desired, 0);
    if (!end) return complain(end.error(), side::neither);
    if (!end->followed && !end->running) {
        const auto status = run_wishes_here(state, row, flags, true);
        if (status != paused_on_request) return status;
        end = wait_for_part(state, flags, desired, 1);
        if (!end) return complain(end.error(), side::neither);
    }
    if (end->followed && (end->observed == desired || end->observed == "removed"))
        return tell(part_name(flags) + " is " + desired);
    if (flags.to.empty() && end->followed) return tell(part_name(flags) + " is " + desired);
    return complain(did_not_end(flags, *end), side::neither);
}

} // namespace

int run_part(const transfer_flags& flags, const std::string& desired) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    auto row = find_row(**state, flags.name);
    if (!row) return complain_of_transfer(row.error(), side::source);
    const bool ends = desired != "paused" && desired != "running";
    if (ends && row->kind != "export") return complain(of_import(*row), side::neither);
    auto wished = want(**state, flags.name, flags.to, flags.partition, desired);
    if (!wished) return complain_of_transfer(wished.error(), side::destination);
    if (desired == "paused") return pause_part(**state, flags);
    if (desired == "running") return resume_part(**state, *row, flags);
    std::optional<int> status;
    while (!status)
        status = end_part(**state, *row, flags, desired);
    return *status;
}

int run_remove_destination(const transfer_flags& flags) {
    return run_part(flags, "removed");
}

int run_add_destination(const transfer_flags& flags) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    auto row = find_row(**state, flags.name);
    if (!row) return complain_of_transfer(row.error(), side::source);
    if (row->kind != "export") return complain(of_import(*row), side::neither);
    auto added = add_destination(**state, flags.name, flags.to);
    if (!added) return complain_of_transfer(added.error(), side::destination);
    constexpr int looks = 100;
    for (int n = 0; n < looks; ++n) {
        auto running = is_running(**state, flags.name);
        if (!running) return complain(running.error(), side::neither);
        if (!*running)
            return tell(
                flags.to + " is a destination of " + flags.name +
                "; its command takes it along:\n" + row->command
            );
        auto rows = (*state)->destinations(flags.name);
        if (!rows) return complain(rows.error(), side::neither);
        const auto at = same_words(*rows, flags.to);
        const std::string observed = at ? (*rows)[*at].observed : "failed";
        if (observed == "failed") {
            failure why;
            why.code = errc::invalid_argument;
            why.where = at ? (*rows)[*at].last_error : flags.to;
            return complain(why, side::destination);
        }
        if (observed != "pending") break;
        std::this_thread::sleep_for(between_part_looks);
    }
    return tell(flags.to + " is a destination of " + flags.name + " now");
}

result<std::string> still_held(state_store& state, const std::string& name) {
    auto rows = state.destinations(name);
    if (!rows) return rows.error();
    std::string text;
    for (const destination_row& row : *rows) {
        transfer_flags part;
        part.name = name;
        part.to = row.target;
        if (row.desired != "running" && row.desired != "removed")
            text += row.target + " stays " + row.desired + "; " + resume_line_of(part) + "\n";
        for (const lane_wish_row& lane : row.lanes) {
            part.partition = lane.partition;
            if (lane.desired != "running")
                text +=
                    part_name(part) + " stays " + lane.desired + "; " + resume_line_of(part) + "\n";
        }
    }
    return text;
}

} // namespace sluice::command
