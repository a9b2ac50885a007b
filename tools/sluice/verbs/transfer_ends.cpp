// tools: `sluice transfer stop|cancel|wait|delete`: transfers that come to their end.
#include "../core/transfer_text.hpp"
#include "transfer_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/error.hpp>

#include <optional>

namespace sluice::command {

namespace {

constexpr int stopped_on_request = 10;

int tell_end(const transfer_flags& flags, const std::string& state) {
    return tell(flags.name + " is " + state);
}

/// Whoever runs it ends it, or else this process does, just as far as the wish demands. nullopt:
/// it was begun meanwhile.
std::optional<int>
end_it(state_store& state, const transfer_flags& flags, const std::string& wanted) {
    auto wished = state.set_desired(flags.name, wanted);
    if (!wished) return complain_of_transfer(wished.error(), side::source);
    auto ended = wait_for_end(state, flags.name);
    if (!ended) return complain_of_transfer(ended.error(), side::source);
    if ((**ended).observed == wanted) return tell_end(flags, wanted);
    const auto status = run_wishes_here(state, **ended, flags, false);
    return status == stopped_on_request ? tell_end(flags, wanted) : status;
}

int run_ending(const transfer_flags& flags, const std::string& wanted) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    auto row = find_row(**state, flags.name);
    if (!row) return complain_of_transfer(row.error(), side::source);
    if (row->observed == wanted) return tell_end(flags, wanted + " already");
    std::optional<int> status;
    while (!status)
        status = end_it(**state, flags, wanted);
    return *status;
}

/// As the command itself would have ended.
int status_of_end(const transfer_row& row) {
    if (row.observed == "completed") return row.last_error.empty() ? 0 : 6;
    return has_ended(row) && row.observed != "failed" ? stopped_on_request : 1;
}

failure not_over(const transfer_row& row) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "transfer " + row.name + " is " + row.observed +
                ": stop or cancel it first, so that no upload of it stays open";
    return why;
}

} // namespace

int run_stop(const transfer_flags& flags) {
    if (flags.means_a_part()) return run_part(flags, "stopped");
    return run_ending(flags, "stopped");
}

int run_cancel(const transfer_flags& flags) {
    if (flags.means_a_part()) return run_part(flags, "cancelled");
    return run_ending(flags, "cancelled");
}

int run_wait(const transfer_flags& flags) {
    auto state = state_store::open(flags.state_file);
    if (!state) return complain(state.error(), side::neither);
    auto known = find_row(**state, flags.name);
    if (!known) return complain_of_transfer(known.error(), side::source);
    auto ended = wait_for_end(**state, flags.name);
    if (!ended) return complain_of_transfer(ended.error(), side::source);
    std::string text = flags.name;
    text += has_ended(**ended) ? " is " : " was killed while ";
    text += (**ended).observed;
    const bool lacks = (**ended).observed == "completed" && !(**ended).last_error.empty();
    if (lacks) text += ": " + (**ended).last_error; // what is missing is part of the answer
    text += "\n";
    auto written = write_out(text);
    return written ? status_of_end(**ended) : complain(written.error(), side::neither);
}

int run_delete(const transfer_flags& flags) {
    return with_state(flags, [&flags](state_store& state) -> result<std::string> {
        auto row = find_row(state, flags.name);
        if (!row) return row.error();
        auto lock = state.lock_transfer(flags.name);
        if (!lock) return lock.error();
        if (!has_ended(*row)) mark_interrupted(*row); // nobody runs it: the lock is ours
        const bool over = row->observed == "completed" || row->observed == "stopped" ||
                          row->observed == "cancelled" || row->kind != "export";
        if (!over) return not_over(*row);
        auto removed = state.remove_transfer(flags.name);
        if (!removed) return removed.error();
        return flags.name + " is forgotten\n";
    });
}

} // namespace sluice::command
