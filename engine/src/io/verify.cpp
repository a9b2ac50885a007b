// engine: is everything that was committed there, whole, in order, and what the stream holds?
#include "../core/commit_cover.hpp"
#include "../core/left_out.hpp"
#include "../core/named_keys.hpp"
#include "commit_log.hpp"
#include "committed_pieces.hpp"
#include "listing_pages.hpp"
#include "object_check.hpp"
#include "renumbered_reader.hpp"
#include "replaced_since.hpp"
#include "unnamed_objects.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/committed_ranges.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/format.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace sluice {

namespace {

/// What of a partition can be compared: the stream's records in `[first, next)` are all of the
/// source's, and they end at `end` or before it.
struct held_range {
    position first, next, end;
    left_out_ranges lacks; ///< an import was to leave them out
};

/// Of an import's stream, the part of an object that it holds; of a source only whole ones. Values
/// cannot be taken apart.
void begin_comparison(
    verification& at, const committed_object& object, const held_range& held, object_check& check
) {
    position first = std::max(object.first, held.first);
    position next = std::min(object.next, held.next);
    if (first >= next) return;
    const auto kept = first_kept(held.lacks, first, next);
    if (!kept) return;
    std::tie(first, next) = *kept;
    const bool whole = first == object.first && next == object.next;
    const bool parts = at.copy && !values_only(at.format);
    if (!whole && !parts) return;
    check.compared = import_window{first, next};
    check.stream.emplace(*at.against, at.format, first, std::min(next, held.end));
}

/// What of the stream can be compared with: `held`, where there is something.
task<result<void>>
check_objects(verification& at, committed_pieces& pieces, const std::optional<held_range>& held) {
    object_check check;
    shared_object current;
    while (const auto piece = co_await pieces.next()) {
        if (piece->kept != current) {
            current = piece->kept;
            check = object_check();
            if (held) begin_comparison(at, *current, *held, check);
        }
        auto checked = co_await check_piece(at, *piece, check);
        if (!checked) co_return checked.error();
    }
    co_return result<void>();
}

task<void> check_while_reading(
    verification& at,
    committed_pieces& pieces,
    const std::optional<held_range>& held,
    task_group& group,
    result<void>& end
) {
    group.spawn([&pieces, &group] { return pieces.read_all(group); });
    end = co_await check_objects(at, pieces, held);
    if (!end) group.cancel();
}

/// What is known of a partition's objects in force before any is read.
struct objects_outline {
    shared_object oldest, newest; ///< none: there are none
    std::uint64_t replaced = 0;
    std::vector<std::string> sums; ///< problems
    std::vector<std::string> holes;
    std::vector<std::pair<position, position>> gaps; ///< no object in force holds these, in order
};

/// The pieces' CRCs must make up the object's.
void check_sum(verification& at, const committed_object& object, objects_outline& outline) {
    if (crc_of_pieces(object) == object.crc64nvme) return;
    outline.sums.push_back(
        object_text(at, object) + ": the checksums of its pieces do not make up its own"
    );
}

void add_gap(objects_outline& outline, position first, position next) {
    if (!outline.gaps.empty() && outline.gaps.back().second >= first)
        outline.gaps.back().second = std::max(outline.gaps.back().second, next);
    else
        outline.gaps.emplace_back(first, next);
}

/// What the export itself has not is told of the export.
bool is_gap(const objects_outline& outline, position first, position next) {
    return std::any_of(outline.gaps.begin(), outline.gaps.end(), [&](const auto& gap) {
        return gap.first <= first && next <= gap.second;
    });
}

task<result<objects_outline>> outline_objects(verification& at, const partition_survey& survey) {
    objects_outline outline;
    committed_ranges ranges(at.store, at.where, survey);
    commit_cover cover(survey.first());
    while (true) {
        auto range = co_await ranges.next(at.by);
        if (!range) co_return range.error();
        if (!*range) break;
        cover.note(**range);
        if ((**range).replaced) ++outline.replaced;
        const shared_object& object = (**range).object;
        if ((**range).gone) at.report.expired.push_back(*(**range).gone);
        if (!object) add_gap(outline, (**range).first, (**range).next);
        if (!object) continue;
        check_sum(at, *object, outline);
        if (!outline.oldest) outline.oldest = object;
        outline.newest = object;
    }
    outline.holes = cover.holes(survey.end());
    co_return std::move(outline);
}

void not_in_copy(verification& at, position first, position next, const std::string& why) {
    at.report.notes.push_back(
        "events " + to_string(first) + " up to " + to_string(next) + " are not in stream " +
        at.copy->name + ": " + why
    );
}

/// What an import's stream lacks is told: as a note where the import was to leave it out.
held_range held_by_copy(
    verification& at,
    const import_progress& filled,
    const stream_bounds& bounds,
    const objects_outline& objects
) {
    held_range held{bounds.first, bounds.end, bounds.end, filled.left_out};
    for (const auto& [first, next] : held.lacks.first) {
        if (is_gap(objects, first, next)) continue;
        at.problem(
            "events " + to_string(first) + " up to " + to_string(next) + " are not in stream " +
            at.copy->name +
            ": its import left them out; an import into another stream brings what is whole by now"
        );
    }
    if (held.lacks.count > held.lacks.first.size())
        at.problem(
            "only the first " + std::to_string(held.lacks.first.size()) + " of " +
            std::to_string(held.lacks.count) + " ranges that the import of stream " +
            at.copy->name + " left out are known: behind them nothing was compared"
        );
    const bool exact = filled.at.offset == 0 && filled.byte == 0;
    if (exact) held.next = std::max(held.next, filled.at);
    if (!objects.oldest) return held;
    const position oldest = objects.oldest->first, newest = objects.newest->next;
    if (filled.start) held.first = std::max(held.first, filled.start->at);
    if (filled.start && oldest < filled.start->at)
        not_in_copy(
            at, oldest, filled.start->at, "its import began at --start " + filled.start->word
        );
    const bool was_to_end = filled.end && held.next >= *filled.end;
    if (held.next >= newest) return held;
    if (was_to_end)
        not_in_copy(at, held.next, newest, "its import ended at --end");
    else
        at.problem(
            "events " + to_string(std::max(held.next, oldest)) + " up to " + to_string(newest) +
            " are not yet in stream " + at.copy->name +
            ": its import is not done; the same command goes on with it"
        );
    return held;
}

task<result<std::optional<held_range>>>
range_of_copy(verification& at, std::uint32_t partition, const objects_outline& objects) {
    const auto known = at.copy->partitions.find(partition);
    if (known == at.copy->partitions.end()) {
        at.report.notes.push_back(
            "partition " + std::to_string(partition) + " is not in stream " + at.copy->name +
            ": its import takes others"
        );
        co_return std::optional<held_range>();
    }
    auto bounds = co_await at.against->bounds(partition);
    if (!bounds) co_return bounds.error();
    co_return std::optional<held_range>(held_by_copy(at, known->second.progress, *bounds, objects));
}

/// What the stream was told to forget is no difference.
void note_beginning(verification& at, const committed_object& oldest, const stream_bounds& bounds) {
    std::string text = "events " + to_string(oldest.first) + " up to " + to_string(bounds.first) +
                       " are no" + (at.other ? "t in " : " longer in ") + at.rival();
    const bool trims = at.against->description().trims;
    if (trims)
        text += ", which begins at " + to_string(bounds.first) +
                " because of its retention or of `sluice stream trim`";
    text += ": objects that hold some of them were not compared, the others were";
    if (trims)
        at.report.notes.push_back(std::move(text));
    else
        at.problem(std::move(text));
    at.report.all_compared = false;
}

/// An export may begin and end anywhere in its stream; two exports are to agree.
void note_not_exported(verification& at, position first, position next, bool at_the_end) {
    std::string text = "events " + to_string(first) + " up to " + to_string(next) + " of " +
                       at.rival() + " are not exported";
    if (!at_the_end) text += ": this export begins at " + to_string(next);
    if (at.other)
        at.problem(std::move(text));
    else if (at_the_end)
        at.report.pending.push_back(std::move(text));
    else
        at.report.notes.push_back(std::move(text));
}

/// Behind what is committed and before what the stream begins with: no export will bring it.
void note_lost(verification& at, position first, position next) {
    at.report.notes.push_back(
        "events " + to_string(first) + " up to " + to_string(next) +
        " were not exported, and the stream does not have them any more: the next export records "
        "them as missing, with --accept-gaps"
    );
}

/// What lies behind the end of the commits, which may be gaps.
void note_behind(verification& at, position exported, const stream_bounds& bounds) {
    const bool lost = !at.other && exported < bounds.first;
    if (lost) note_lost(at, exported, bounds.first);
    const position from = lost ? bounds.first : exported;
    if (from < bounds.end) note_not_exported(at, from, bounds.end, true);
}

task<result<std::optional<held_range>>> range_of(
    verification& at,
    std::uint32_t partition,
    const partition_survey& survey,
    const objects_outline& objects
) {
    if (!at.against) co_return std::optional<held_range>();
    if (at.copy) {
        auto held = co_await range_of_copy(at, partition, objects);
        co_return held;
    }
    auto bounds = co_await at.against->bounds(partition);
    if (!bounds) co_return bounds.error();
    note_behind(at, survey.empty() ? bounds->first : survey.end(), *bounds);
    if (objects.oldest && bounds->first < survey.first())
        note_not_exported(at, bounds->first, survey.first(), false);
    if (!objects.oldest) co_return std::optional<held_range>();
    if (objects.oldest->first < bounds->first) note_beginning(at, *objects.oldest, *bounds);
    if (bounds->end < objects.newest->next)
        at.problem(
            object_text(at, *objects.newest) + ": ends at " + to_string(objects.newest->next) +
            ", " + at.rival() + " at " + to_string(bounds->end)
        );
    co_return std::optional<held_range>(held_range{bounds->first, bounds->end, bounds->end, {}});
}

/// Pages are made of commits, and can be made again: nothing depends on them.
task<result<void>> check_pages(verification& at, std::uint32_t partition, const commit_log& log) {
    for (std::size_t n = 0; n < log.thousands.size(); ++n) {
        const std::uint64_t first = n * commits_per_page;
        const std::uint64_t crc = log.thousands[n];
        auto page = co_await look_at_page(at.store, at.where, partition, first, crc, at.by);
        if (!page) co_return page.error();
        if (*page == page_standing::good) continue;
        const std::string how = *page == page_standing::missing ? "missing" : "damaged";
        at.report.notes.push_back(
            "s3://" + at.where.bucket + "/" + page_key(at.where.folder, partition, first) + ": " +
            how + "; the commits themselves are read, and `sluice repair` makes the page anew"
        );
    }
    co_return result<void>();
}

task<result<shared_object>> next_in_force(committed_ranges& of, deadline by) {
    while (true) {
        auto range = co_await of.next(by);
        if (!range) co_return range.error();
        if (!*range) co_return shared_object();
        if ((**range).object) co_return (**range).object;
    }
}

/// Reads all objects in force.
task<result<void>> read_objects(
    verification& at, const partition_survey& survey, const std::optional<held_range>& held
) {
    committed_ranges ranges(at.store, at.where, survey);
    const next_committed_object next = [&ranges, &at] { return next_in_force(ranges, at.by); };
    committed_pieces pieces(at.on, at.store, at.where, next, at.memory / 2, at.by);
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&](task_group& group) {
        return check_while_reading(at, pieces, held, group, end);
    };
    co_await with_task_group(at.on, body);
    co_return end;
}

/// `commits`: how many were read.
task<result<void>>
verify_as_committed(verification& at, std::uint32_t partition, std::uint64_t& commits) {
    named_keys named;
    const std::function<void(const commit&)> name = [&named](const commit& each) {
        named.note(each);
    };
    auto log = co_await read_commit_log(at.store, at.where, partition, at.by, name);
    if (!log) {
        if (log.error().code != engine_errc::damaged_object) co_return log.error();
        at.problem(describe(log.error()));
        at.unread = true;
        co_return result<void>();
    }
    auto pages = co_await check_pages(at, partition, *log);
    if (!pages) co_return pages.error();
    const partition_survey& survey = log->survey;
    commits = survey.commits();
    if (survey.end().offset != 0)
        at.report.notes.push_back(
            "partition " + std::to_string(partition) + ": the export ends inside event " +
            to_string(position{partition, survey.end().sequence, 0}) +
            ", whose rest is not committed: it goes on with the same command, or its last commits "
            "are gone"
        );
    at.report.commits += survey.commits();
    at.values.reset();
    auto objects = co_await outline_objects(at, survey);
    if (!objects) co_return objects.error();
    for (const std::string& hole : objects->holes)
        at.problem("partition " + std::to_string(partition) + ": " + hole);
    for (const std::string& each : objects->sums)
        at.problem(each);
    if (objects->replaced != survey.replacements())
        at.problem(
            "partition " + std::to_string(partition) + ": " +
            std::to_string(survey.replacements() - objects->replaced) +
            " commits replace what no object ever was"
        );
    auto held = co_await range_of(at, partition, survey, *objects);
    if (!held) co_return held.error();
    auto read = co_await read_objects(at, survey, *held);
    if (!read) co_return read.error();
    auto unnamed = co_await find_unnamed(at, tail_of(survey), partition, named);
    co_return unnamed;
}

/// What is wrong may have been mended by a repair beside us, which removes what it replaces.
task<result<bool>> has_been_mended(
    verification& at, std::uint32_t partition, std::uint64_t commits, std::size_t damaged_before
) {
    std::set<std::string> keys;
    for (std::size_t n = damaged_before; n < at.report.damaged.size(); ++n)
        keys.insert(at.report.damaged[n].object.key);
    if (keys.empty()) co_return false;
    auto replaced = co_await replaced_since(at.store, at.where, partition, commits, keys, at.by);
    co_return replaced;
}

task<result<void>> verify_partition(verification& at, std::uint32_t partition) {
    constexpr unsigned most_turns = 8; // each needs a repair meanwhile
    for (unsigned turn = 1;; ++turn) {
        const verify_report before = at.report;
        std::uint64_t commits = 0;
        auto verified = co_await verify_as_committed(at, partition, commits);
        if (!verified) co_return verified;
        auto mended = co_await has_been_mended(at, partition, commits, before.damaged.size());
        if (!mended) co_return mended.error();
        if (!*mended || turn == most_turns) co_return result<void>();
        at.report = before;
    }
}

failure no_sequences(const export_folder& where, const imported_stream& copy) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "s3://" + where.bucket + "/" + where.folder +
                ": holds raw objects, of which stream " + copy.name +
                " has events of its own sizes; compare the bytes, as `sluice stream cat --format "
                "raw` prints them";
    return why;
}

/// An export claims each partition before anything else, those without events too.
void tell_unclaimed(verification& at) {
    const std::string folder = "s3://" + at.where.bucket + "/" + at.where.folder;
    const std::string what = "no commits lie here: nothing was exported, or all of it was removed";
    if (at.report.commits == 0 && !at.unread) return at.problem(folder + ": " + what);
    for (const std::uint32_t each : at.bare)
        at.problem(folder + ", partition " + std::to_string(each) + ": " + what);
}

} // namespace

task<result<verify_report>> verify_export(
    s3::object_store& store,
    const export_folder& where,
    reader* against,
    std::uint64_t memory,
    deadline by,
    std::function<void(std::uint64_t bytes)> progressed,
    const imported_stream* copy,
    const std::string* other
) {
    auto known = known_encoding(where.document.format, where.document.codec);
    if (!known) co_return known.error();
    if (copy && known->format == object_format::raw) co_return no_sequences(where, *copy);
    std::optional<renumbered_reader> renumbered;
    if (copy) {
        renumbered.emplace(*against, *copy, where.document);
        against = &*renumbered;
    }
    if (against && against->description().incarnation != where.document.incarnation) {
        failure other;
        other.code = engine_errc::other_incarnation;
        other.where = "s3://" + where.bucket + "/" + where.folder + ": is of incarnation " +
                      where.document.incarnation + ", stream " + against->description().name +
                      " is of " + against->description().incarnation +
                      " (another stream, or it was created anew)";
        co_return other;
    }
    const any_io_executor on = co_await boost::asio::this_coro::executor;
    verification at{
        on,
        store,
        where,
        against,
        memory,
        by,
        std::move(progressed),
        verify_report(),
        known->format,
        copy,
        other};
    at.report.values_alone = values_only(known->format);
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto verified = co_await verify_partition(at, n);
        if (!verified) co_return verified.error();
    }
    tell_unclaimed(at);
    co_return std::move(at.report);
}

} // namespace sluice
