// tools: what the verbs below `sluice transfer` share.
#include "transfer_verbs.hpp"

#include "../core/transfer_text.hpp"
#include "verb.hpp"

#include <sluice/base/error.hpp>

#include <chrono>
#include <thread>
#include <utility>

namespace sluice::command {

namespace {

constexpr std::chrono::milliseconds between_looks{100};
constexpr int looks_per_look_at_lock = 10; // the journal changes when it ends, unless it is killed

} // namespace

int tell(const std::string& text) {
    auto written = write_out(text + "\n");
    return written ? 0 : complain(written.error(), side::neither);
}

int complain_of_transfer(const failure& why, side where) {
    constexpr int no_source = 3, no_destination = 4;
    const int status = complain(why, where);
    if (why.code != errc::not_found) return status;
    return where == side::destination ? no_destination : no_source;
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

result<transfer_row> look_at(state_store& state, transfer_row row) {
    if (has_ended(row)) return row;
    auto running = is_running(state, row.name);
    if (!running) return running.error();
    if (*running) return row;
    auto last = find_row(state, row.name); // it may have ended just now
    if (last && !has_ended(*last)) mark_interrupted(*last);
    return last;
}

result<std::vector<destination_row>> look_at_parts(state_store& state, const transfer_row& row) {
    auto rows = state.destinations(row.name);
    if (rows && row.observed == interrupted)
        for (destination_row& each : *rows)
            mark_interrupted(each);
    return rows;
}

result<bool> is_running(state_store& state, const std::string& name) {
    return state.is_locked(name);
}

result<std::optional<transfer_row>>
wait_for_end(state_store& state, const std::string& name, int looks) {
    for (int n = 0; looks == 0 || n < looks; ++n) {
        auto row = find_row(state, name);
        if (!row) return row.error();
        if (has_ended(*row) || n % looks_per_look_at_lock == 0) {
            auto running = is_running(state, name);
            if (!running) return running.error();
            if (!*running) {
                auto last = find_row(state, name); // it may have changed meanwhile
                if (!last) return last.error();
                return std::optional<transfer_row>(std::move(*last));
            }
        }
        std::this_thread::sleep_for(between_looks);
    }
    return std::optional<transfer_row>();
}

std::optional<int> run_wishes_here(
    state_store& state, const transfer_row& row, const transfer_flags& flags, bool ends_only
) {
    constexpr int refused = 7;
    stored_command what;
    what.line = row.command;
    what.state_file = flags.state_file;
    what.name = row.name;
    what.ends_only = ends_only;
    auto destinations = state.destinations(row.name);
    if (!destinations) return complain(destinations.error(), side::neither);
    for (const destination_row& each : *destinations)
        if (!each.url.empty()) what.endpoints[each.address] = each.url;
    if (!row.url.empty()) what.endpoints[""] = row.url;
    const int status = run_stored_command(what);
    if (status != refused) return status;
    const auto running = is_running(state, row.name);
    return running && *running ? std::optional<int>() : status;
}

} // namespace sluice::command
