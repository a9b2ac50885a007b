// tools: what the verbs below `sluice transfer` share.
#pragma once

#include "../io/output.hpp"
#include "flags.hpp"

#include <sluice/engine/state_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct transfer_flags {
    std::string name;
    std::string state_file;
    bool json = false;
    std::string to;                         ///< one destination; empty: the transfer, or all
    std::optional<std::uint32_t> partition; ///< one partition towards it

    bool means_a_part() const { return !to.empty() || partition; }
};

/// As complain; of a transfer (side::source) or destination that the state file does not know the
/// status tells that it was not found.
int complain_of_transfer(const failure& why, side where);

/// Opens the state file, does `what` (which returns the text to be shown), tells failures.
template <class What>
int with_state(const transfer_flags& flags, What what) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    result<std::string> text = what(**state);
    if (!text) return complain_of_transfer(text.error(), side::source);
    auto written = write_out(*text);
    return written ? 0 : complain(written.error(), side::neither);
}

/// Writes the text and a line's end to stdout. Returns the exit status.
int tell(const std::string& text);
/// Errors: errc::not_found.
result<transfer_row> find_row(state_store& state, const std::string& name);
/// The row as it is to be told: a killed process leaves `running` behind, which is `interrupted`.
result<transfer_row> look_at(state_store& state, transfer_row row);
/// Its destinations, told in the same way; `row` as look_at gave it.
result<std::vector<destination_row>> look_at_parts(state_store& state, const transfer_row& row);
/// Whether a process runs the transfer now. The kernel knows: a lock dies with its holder.
result<bool> is_running(state_store& state, const std::string& name);
/// Looks ten times a second until nobody runs the transfer, and returns what it has become; nullopt
/// after so many `looks` (0: never).
result<std::optional<transfer_row>>
wait_for_end(state_store& state, const std::string& name, int looks = 0);

/// Runs the stored command as far as the wishes demand, where nobody else does. nullopt: somebody
/// has begun it just now, and his run does not know the wish yet.
std::optional<int> run_wishes_here(
    state_store& state, const transfer_row& row, const transfer_flags& flags, bool ends_only
);

/// Of a destination, or of a partition towards one or all of them: lays down the wish, and sees to
/// it that it is followed. `desired` as in destination_row.
int run_part(const transfer_flags& flags, const std::string& desired);
int run_add_destination(const transfer_flags& flags);
int run_remove_destination(const transfer_flags& flags);
/// What `resume` of a whole transfer leaves as it is, for people.
result<std::string> still_held(state_store& state, const std::string& name);

int run_stop(const transfer_flags& flags);
int run_cancel(const transfer_flags& flags);
int run_wait(const transfer_flags& flags);
int run_delete(const transfer_flags& flags);

} // namespace sluice::command
