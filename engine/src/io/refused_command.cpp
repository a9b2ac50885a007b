// engine: a command that is refused leaves the transfer as it was.
#include "refused_command.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

using rows = std::vector<destination_row>;

bool contains(const rows& all, std::int64_t id) {
    return std::any_of(all.begin(), all.end(), [id](const destination_row& each) {
        return each.id == id;
    });
}

/// A new row for a destination that is known no more, with what is wanted of its lanes.
result<void> take_in_again(state_store& journal, const std::string& transfer, destination_row& of) {
    of.id = 0;
    auto id = journal.put_destination(transfer, of);
    if (!id) return id.error();
    of.id = *id;
    for (const lane_wish_row& lane : of.lanes) {
        auto wanted = journal.set_desired(of.id, lane.partition, lane.desired);
        if (!wanted) return wanted;
    }
    return result<void>();
}

result<void> put_destinations_back(state_store& journal, const std::string& transfer, rows before) {
    auto now = journal.destinations(transfer);
    if (!now) return now.error();
    for (const destination_row& each : *now) {
        if (each.added || contains(before, each.id)) continue; // added by somebody, meanwhile
        auto forgotten = journal.forget_destination(each.id);
        if (!forgotten) return forgotten;
    }
    for (destination_row& each : before) {
        if (!contains(*now, each.id)) {
            auto taken = take_in_again(journal, transfer, each);
            if (!taken) return taken;
            continue;
        }
        auto put = journal.put_destination(transfer, each);
        if (!put) return put.error();
    }
    return journal.set_observed(before);
}

} // namespace

bool has_moved(const progress& seen) {
    return std::any_of(seen.targets.begin(), seen.targets.end(), [](const target_progress& each) {
        return each.bytes > 0 || each.events > 0 || each.objects > 0;
    });
}

bool is_refused(const failure& why, side where, const progress& end) {
    constexpr int usage = 2, no_source = 3, no_destination = 4, refused = 7;
    const int status = exit_status(why, where);
    const bool means_it =
        status == usage || status == no_source || status == no_destination || status == refused;
    // What came over a run that was let in is no refusal of its command.
    const bool later = why.code == engine_errc::fenced || why.code == s3::s3_errc::expired_token;
    return means_it && !later && !has_moved(end);
}

result<void> put_back(state_store& journal, const known_transfer& before) {
    auto done = put_destinations_back(journal, before.row.name, before.destinations);
    if (done) done = journal.put_transfer(before.row);
    auto now = journal.find_transfer(before.row.name);
    // As the command began it: anything else is a wish that somebody gave meanwhile.
    const bool as_begun = now && *now && (**now).desired == "running";
    if (done && as_begun) done = journal.set_desired(before.row.name, before.row.desired);
    return done;
}

} // namespace sluice
