// engine: an import before its lanes run: what it moves from where, and to where.
#include "import_opening.hpp"

#include "import_lane.hpp"

#include <utility>
#include <vector>

namespace sluice {

namespace {

/// Objects may lie there that no export made.
failure with_by_listing(failure why) {
    if (why.code == engine_errc::no_export_here)
        why.where += "; --by-listing imports objects of anybody";
    return why;
}

task<result<void>> find_source(import_opening& at) {
    if (!at.folder) {
        auto find = [&at] {
            return find_folder(at.store, at.from.bucket, at.from.prefix, deadline::never());
        };
        auto found = co_await persistently(at.run, at.patient, at.last_error, find);
        if (!found) co_return with_by_listing(found.error());
        at.folder = std::move(*found);
    }
    at.where = std::move(*at.folder);
    const stream_document& document = at.where.document;
    auto known = known_encoding(document.format, document.codec);
    if (!known) co_return known.error();
    at.format = known->format;
    if (at.asked.follow) co_return result<void>(); // it may begin yet
    auto check = [&at] { return check_exported(at.store, at.where, deadline::never()); };
    auto there = co_await persistently(at.run, at.patient, at.last_error, check);
    co_return there;
}

/// Which partitions, and whether their places can be told.
result<void> choose(import_opening& at) {
    const import_spec& asked = at.asked;
    auto chosen = choose_partitions(asked.partitions, asked.shard, at.where.document.partitions);
    if (!chosen) return chosen.error();
    at.choice = std::move(*chosen);
    auto started = check_places("--start", asked.start, at.choice);
    if (!started) return started;
    return check_places("--end", asked.end, at.choice);
}

/// Which source a partition has is known before any of them has an event.
task<result<void>>
note_choice(import_opening& at, const std::vector<std::optional<import_progress>>& filled) {
    for (const partition_pair& each : at.choice.pairs) {
        if (at.choice.whole || filled[each.target]) continue;
        std::vector<append_step> steps(1);
        steps.front().batch.first = steps.front().batch.next = at.to->tail(each.target).end;
        steps.front().progress =
            encode_import_progress(fresh_import_progress(at.where, each.source));
        auto appended = co_await at.to->append(each.target, steps);
        if (!appended) co_return appended;
    }
    co_return result<void>();
}

task<result<void>> open_target(import_opening& at) {
    auto opened = co_await at.streams.open_reserved(at.stream, at.run.name, at.choice.targets);
    if (!opened) co_return opened.error();
    at.to = std::move(opened->to);
    at.was = opened->was;
    for (const std::string& each : at.to->notes())
        at.run.log.write(log_level::warning, each);
    std::vector<std::optional<import_progress>> filled(at.to->description().partitions);
    for (std::uint32_t n = 0; n < filled.size(); ++n) {
        const partition_tail tail = at.to->tail(n);
        if (tail.last_progress.empty()) continue;
        const import_progress fresh = fresh_import_progress(at.where, n);
        auto known = continue_import_progress(fresh, tail.last_progress, at.stream);
        if (!known) co_return known.error();
        filled[n] = std::move(*known);
    }
    auto fits = fits_stream(at.choice, at.stream, filled);
    if (!fits) co_return fits;
    auto noted = co_await note_choice(at, filled);
    co_return noted;
}

/// The place it comes from stands in the journal as an export's destinations do: so its lanes are
/// named, and wishes for them kept, in the same way.
task<result<void>> note_source(import_opening& at) {
    auto note = [&at]() -> result<destination_row> {
        auto rows = at.run.journal.destinations(at.run.name);
        if (!rows) return rows.error();
        if (!rows->empty()) return rows->front();
        destination_row row;
        row.target = row.address = to_string(at.from);
        auto put = at.run.journal.put_destination(at.run.name, row);
        if (!put) return put.error();
        row.id = *put;
        return row;
    };
    auto noted = co_await journaled(at.run, note);
    if (!noted) co_return noted.error();
    at.row = std::move(*noted); // here: the supervisor reads it beside the other thread
    co_return result<void>();
}

} // namespace

task<result<void>> open_import(import_opening& at) {
    at.failing = side::source;
    auto found = co_await find_source(at);
    if (!found) co_return found;
    auto chosen = choose(at);
    if (!chosen) co_return chosen;
    at.failing = side::destination;
    auto opened = co_await open_target(at);
    if (!opened) co_return opened;
    at.failing = side::neither;
    auto noted = co_await note_source(at);
    co_return noted;
}

} // namespace sluice
