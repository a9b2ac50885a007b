// engine: one partition of an import: where it stands, what part of the export it takes, and how
// long it goes on.
#include "import_lane.hpp"

#include "committed_place.hpp"
#include "import_round.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace sluice {

namespace {

failure ahead_of_source(const import_lane& at) {
    const export_folder& where = at.lane.source.where;
    failure why;
    why.code = engine_errc::diverged;
    why.where = "stream " + at.lane.to.description().name + ": was imported up to " +
                to_string(at.progress.at) + ", which s3://" + where.bucket + "/" + where.folder +
                " does not reach: commits were lost there, or it is an older copy";
    return why;
}

/// The event that the last run stopped in is compared with its checksum as a whole.
void go_on_inside(import_lane& at) {
    if (values_only(at.lane.format)) return;
    const std::optional<open_value> open = std::exchange(at.progress.open, std::nullopt);
    if (!open || open->length != static_cast<std::uint64_t>(at.progress.at.offset)) return;
    at.fragments.go_on({at.progress.at.sequence, at.progress.at.offset, open->crc64nvme});
}

/// Where the import stands, by the writer's own word; or at the source's beginning.
task<result<void>> recall(import_lane& at) {
    const import_progress fresh = fresh_import_progress(at.lane.source.where, at.lane.partition);
    auto recalled =
        continue_import_progress(fresh, tail_of(at).last_progress, at.lane.to.description().name);
    if (!recalled) co_return recalled.error();
    at.progress = std::move(*recalled);
    go_on_inside(at);
    at.context.stream = fresh.stream;
    at.context.incarnation = fresh.incarnation;
    at.context.partition = at.lane.partition;
    auto learned = co_await at.commits.learn();
    if (!learned) co_return learned;
    const bool begun = at.progress.at != fresh.at;
    if (begun && at.commits.end() < at.progress.at) co_return ahead_of_source(at);
    co_return result<void>();
}

/// Progress without events: it must be known although none has been appended.
task<result<void>> note_progress(import_lane& at) {
    std::vector<append_step> steps(1);
    steps.front().batch.first = steps.front().batch.next = tail_of(at).end;
    steps.front().progress = encode_import_progress(at.progress);
    auto appended = co_await append_steps(at, steps);
    co_return appended;
}

task<result<std::optional<position>>>
find_in_commits(import_lane& at, place what, const char* option) {
    import_source& from = at.lane.source;
    auto find = [&at, &from, what] {
        return find_committed_place(from.store, from.where, at.commits.survey(), what);
    };
    auto found = co_await persistently(at.lane.run, from.patient, from.seen.last_error, find);
    if (found) co_return found;
    failure why = found.error();
    if (why.code == engine_errc::usage)
        why.where =
            "partition " + std::to_string(at.lane.partition) + ", " + option + " " + why.where;
    co_return why;
}

task<result<void>> settle_start(import_lane& at) {
    const place asked = at.lane.start;
    import_start_facts facts;
    facts.where =
        "stream " + at.lane.to.description().name + ", partition " + std::to_string(at.lane.target);
    facts.stands = at.progress;
    facts.asked = asked;
    facts.newest = at.commits.end();
    facts.oldest = at.commits.survey().first();
    // The recorded start again: nothing is to be looked for, the import goes on.
    const bool known = at.progress.start && at.progress.start->word == to_string(asked);
    if (!known) {
        auto found = co_await find_in_commits(at, asked, "--start");
        if (!found) co_return found.error();
        facts.found = *found;
    }
    auto start = decide_import_start(facts);
    if (!start) co_return start.error();
    if (!*start) co_return result<void>();
    at.progress.start = *start;
    at.progress.at = (**start).at;
    auto noted = co_await note_progress(at);
    co_return noted;
}

task<result<void>> settle_end(import_lane& at) {
    place asked = at.lane.end;
    if (asked.what == place::kind::latest) asked.what = place::kind::saved; // of what is read now
    auto found = co_await find_in_commits(at, asked, "--end");
    if (!found) co_return found.error();
    at.window.until = at.progress.end = *found;
    co_return result<void>();
}

/// From where on pieces are fetched.
task<result<fetch_window>> window_of_round(import_lane& at) {
    fetch_window within = window_of_import(at.progress, at.window.until);
    const bool over = within.until && *within.until <= within.from;
    if (over || !may_begin_inside_an_event(at.progress, at.lane.format)) co_return within;
    import_source& from = at.lane.source;
    auto find = [&at, &from, &within] {
        return find_value_entry(
            from.store, from.where, at.commits.survey(), within.known_gaps, deadline::never()
        );
    };
    auto entry = co_await persistently(at.lane.run, from.patient, from.seen.last_error, find);
    if (!entry) co_return entry.error();
    within.from = *entry;
    co_return within;
}

/// What has been committed and not been imported.
task<result<void>> plan_round(import_lane& at) {
    import_progress& stands = at.progress;
    const partition_survey& commits = at.commits.survey();
    auto within = co_await window_of_round(at);
    if (!within) co_return within.error();
    at.items.emplace(at.lane.source.store, at.lane.source.where, commits, *within);
    if (values_only(at.lane.format))
        at.values = std::make_unique<value_import>(
            at.lane.format, at.lane.event_bytes, stands, tail_of(at).end, at.window.until
        );
    lane_progress& seen = at.lane.seen;
    seen.first = commits.first().sequence;
    if (stands.start) seen.first = stands.start->at.sequence;
    seen.end = up_to_end(at, at.commits.end()).sequence;
    seen.done = std::max(tail_of(at).end.sequence, stands.at.sequence);
    if (at.values) seen.done = stands.at.sequence;
    seen.end = std::max(seen.end, seen.first);
    seen.reached = seen.done;
    co_return result<void>();
}

bool is_complete(const import_lane& at) {
    return at.window.until && at.progress.at >= *at.window.until;
}

/// The end asked for is part of what is known, also where the last pieces held no event.
task<result<void>> note_end(import_lane& at) {
    const partition_tail tail = tail_of(at);
    if (tail.end.offset != 0 || tail.last_progress.empty()) co_return result<void>();
    auto noted = decode_import_progress(tail.last_progress);
    if (!noted) co_return noted.error();
    const bool same = noted->at == at.progress.at && noted->byte == at.progress.byte &&
                      noted->end == at.progress.end;
    if (same) co_return result<void>();
    auto appended = co_await note_progress(at);
    co_return appended;
}

} // namespace

import_progress fresh_import_progress(const export_folder& where, std::uint32_t partition) {
    import_progress progress;
    progress.bucket = where.bucket;
    progress.folder = where.folder;
    progress.stream = where.document.name;
    progress.incarnation = where.document.incarnation;
    progress.at.partition = partition;
    return progress;
}

task<result<void>> run_import_lane(import_lane_context& lane) {
    import_lane at(lane);
    auto ready = co_await recall(at);
    lane.before = at.progress.left_out;
    if (ready) ready = co_await settle_end(at);
    if (ready) ready = co_await settle_start(at);
    if (!ready) co_return ready;
    while (true) {
        auto planned = co_await plan_round(at);
        if (!planned) co_return planned;
        auto done = co_await run_import_round(at);
        if (!done && std::exchange(at.read_again, false)) {
            auto learned = co_await at.commits.learn();
            if (!learned) co_return learned;
            continue;
        }
        if (!done) co_return done;
        if (!lane.follow || is_complete(at)) break;
        auto more = co_await at.commits.wait_for_more();
        if (!more) co_return more;
    }
    auto noted = co_await note_end(at);
    co_return noted;
}

} // namespace sluice
