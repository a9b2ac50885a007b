// engine: events of an export, read from any place on.
#include "../core/reading_start.hpp"
#include "../core/value_reading.hpp"
#include "committed_pieces.hpp"
#include "committed_place.hpp"
#include "fetch_items.hpp"
#include "replaced_since.hpp"

#include <sluice/engine/committed_ranges.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/engine/read_events.hpp>
#include <sluice/stream/format.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice {

namespace {

/// One piece at a time: whoever wants one event does not pay for the pieces behind it.
constexpr std::uint64_t no_reading_ahead = 1;

/// The reading under way.
struct reading {
    const export_folder& where;
    object_encoding encoding;
    events_wanted wanted;
    const take_record& take;
    value_reading values; ///< where the format holds nothing else
    bool begun = false;   ///< the first event wanted has been met
    bool enough = false;
    position last{};   ///< of the events that were taken
    std::string bad{}; ///< the object that could not be read
};

bool is_wanted(reading& at, const record& each) {
    const position& from = at.wanted.from;
    const position here{from.partition, each.sequence, each.part ? each.part->offset : 0};
    if (here < from) return false;
    at.begun =
        at.begun || !at.wanted.since || (each.timestamp && *each.timestamp >= *at.wanted.since);
    return at.begun;
}

/// The place of the next record.
position behind(std::uint32_t partition, const record& each) {
    if (!each.part || each.part->last) return position{partition, each.sequence + 1, 0};
    const auto size = static_cast<std::int64_t>(each.value ? each.value->size() : 0);
    return position{partition, each.sequence, each.part->offset + size};
}

result<void> take_records(reading& at, bytes_view body) {
    const bool told = tells_events_apart(at.encoding.format); // else sequences are made up
    avro_record_cursor records(body);
    record each;
    while (!records.at_end() && !at.enough) {
        auto read = records.next(each);
        if (!read) return read;
        if (told && !is_wanted(at, each)) continue;
        auto taken = at.take(each);
        if (!taken) return taken.error();
        at.enough = !*taken;
        at.last.sequence = each.sequence;
        if (told) at.wanted.from = behind(at.wanted.from.partition, each);
    }
    return result<void>();
}

failure wrong_piece(reading& at, const committed_piece& piece, const std::string& how) {
    at.bad = piece.object.key;
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "s3://" + at.where.bucket + "/" + join_key(at.where.folder, piece.object.key);
    if (!piece.object_wrong)
        why.where += ", piece " + std::to_string(piece.what.piece) + " (events " +
                     to_string(piece.what.first) + " up to " + to_string(piece.what.next) + ")";
    why.where += ": " + how;
    return why;
}

result<void>
decode_piece(reading& at, const committed_piece& piece, const object_decoder::deliver& to) {
    if (values_only(at.encoding.format)) return at.values.read(piece.what, piece.bytes.view(), to);
    format_context context;
    context.stream = at.where.document.name;
    context.incarnation = at.where.document.incarnation;
    context.partition = piece.what.first.partition;
    const auto decoder = make_decoder(at.encoding, context, piece.what.first, piece.what.inside);
    auto decoded = decoder->feed(piece.bytes.view(), to);
    return decoded ? decoder->finish(to) : decoded;
}

failure beyond_commit(position reached) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "holds events up to " + to_string(reached);
    return why;
}

result<void> take_piece(reading& at, const committed_piece& piece) {
    if (piece.failed) return *piece.failed;
    if (!piece.wrong.empty()) return wrong_piece(at, piece, piece.wrong);
    position reached = piece.what.first;
    std::optional<failure> refused; // what is not the piece's fault is told as it is
    const auto each_batch = [&at, &piece, &refused, &reached](const record_batch& batch
                            ) -> result<void> {
        reached = batch.next;
        if (tells_events_apart(at.encoding.format) && batch.next > piece.what.next)
            return beyond_commit(batch.next);
        auto taken = take_records(at, batch.body);
        if (!taken) refused = taken.error();
        return taken;
    };
    const auto decoded = decode_piece(at, piece, each_batch);
    if (refused) return *refused;
    if (!decoded) return wrong_piece(at, piece, describe(decoded.error()));
    const bool cut = !values_only(at.encoding.format) && reached.offset != 0;
    if (cut && reached != piece.what.next && !at.enough)
        return wrong_piece(at, piece, "holds events up to " + to_string(reached));
    if (!tells_events_apart(at.encoding.format)) at.wanted.from = piece.what.next;
    return result<void>();
}

task<void>
read_pieces(reading& at, committed_pieces& pieces, task_group& group, result<void>& end) {
    group.spawn([&pieces, &group] { return pieces.read_all(group); });
    while (end && !at.enough) {
        const auto piece = co_await pieces.next();
        if (!piece) co_return;
        end = take_piece(at, *piece);
    }
    group.cancel();
}

/// The objects that are read, and what lies between them, where reading has to step over something.
struct objects_read {
    committed_ranges ranges;
    deadline by;
    position from;
    position reached;
    std::vector<std::pair<position, position>> missing;

    void note(position first, position next) {
        if (reached < first) missing.emplace_back(reached, first);
        reached = next;
    }
};

/// What was stepped over on the way to `end`: objects are looked up ahead of what is read.
std::vector<std::string> missing_before(const objects_read& objects, position end) {
    std::vector<std::string> texts;
    for (const auto& [first, next] : objects.missing)
        if (first < end)
            texts.push_back(
                "events " + to_string(first) + " up to " + to_string(next) + " are in no object"
            );
    return texts;
}

task<result<shared_object>> next_object(objects_read& of) {
    while (true) {
        auto range = co_await of.ranges.next(of.by);
        if (!range) co_return range.error();
        if (!*range) co_return shared_object();
        const committed_range& here = **range;
        if (!here.object || here.next <= of.from) continue;
        of.note(here.first, here.next);
        co_return here.object;
    }
}

/// nullopt: no piece can hold such an event.
task<result<std::optional<position>>> find_piece_since(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    const events_wanted& wanted,
    deadline by
) {
    committed_ranges ranges(store, where, survey, wanted.from);
    while (true) {
        auto range = co_await ranges.next(by);
        if (!range) co_return range.error();
        if (!*range) co_return std::optional<position>();
        if (!(**range).object) continue;
        const auto begins = first_piece_since(*(**range).object, wanted.from, *wanted.since);
        if (begins) co_return begins;
    }
}

failure no_events_told(const export_folder& where) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "s3://" + where.bucket + "/" + where.folder +
                ": holds raw objects, which do not tell where events end; their bytes are printed "
                "with --format raw and without --limit";
    return why;
}

/// Whether objects that hold values only tell where that is.
task<result<void>> check_start_in_values(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    const events_wanted& wanted
) {
    place asked;
    asked.what = wanted.since ? place::kind::time : place::kind::sequence;
    asked.value = wanted.since.value_or(wanted.from.sequence);
    auto told = co_await find_committed_place(store, where, survey, asked);
    if (!told) co_return told.error();
    co_return result<void>();
}

/// Reads from `at.wanted.from` on; what it steps over is added to `missing`.
task<result<void>> read_objects(
    reading& at,
    s3::object_store& store,
    const partition_survey& survey,
    std::vector<std::string>& missing,
    deadline by
) {
    position from = at.wanted.from;
    at.values = value_reading(at.encoding);
    if (values_only(at.encoding.format) && tells_events_apart(at.encoding.format)) {
        auto entry = co_await find_value_entry(store, at.where, survey, from, by);
        if (!entry) co_return entry.error();
        from = *entry;
    }
    objects_read objects{committed_ranges(store, at.where, survey, from), by, from, from, {}};
    const next_committed_object next = [&objects] { return next_object(objects); };
    const any_io_executor on = co_await boost::asio::this_coro::executor;
    committed_pieces pieces(on, store, at.where, next, no_reading_ahead, by, from);
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&](task_group& group) {
        return read_pieces(at, pieces, group, end);
    };
    co_await with_task_group(on, body);
    position reached = survey.end();
    if (!end)
        reached = at.wanted.from;
    else if (at.enough)
        reached.sequence = at.last.sequence;
    else
        objects.note(reached, reached);
    for (std::string& each : missing_before(objects, reached))
        missing.push_back(std::move(each));
    co_return end;
}

} // namespace

task<result<std::vector<std::string>>> read_events(
    s3::object_store& store,
    const export_folder& where,
    const partition_survey& survey,
    const events_wanted& wanted,
    const take_record& take,
    deadline by
) {
    const std::vector<std::string> nothing;
    if (survey.empty()) co_return nothing;
    auto encoding = known_encoding(where.document.format, where.document.codec);
    if (!encoding) co_return encoding.error();
    const bool values = values_only(encoding->format);
    if (!tells_events_apart(encoding->format) && !wanted.bytes) co_return no_events_told(where);
    reading at{where, *encoding, wanted, take, value_reading(*encoding)};
    at.wanted.from = std::max(wanted.from, survey.first());
    if (values) {
        auto told = co_await check_start_in_values(store, where, survey, at.wanted);
        if (!told) co_return told.error();
    } else if (wanted.since) {
        auto begins = co_await find_piece_since(store, where, survey, at.wanted, by);
        if (!begins) co_return begins.error();
        if (!*begins) co_return nothing;
        at.wanted.from = **begins;
    }
    std::optional<partition_survey> newer;
    std::vector<std::string> missing;
    while (true) {
        const partition_survey& commits = newer ? *newer : survey;
        at.bad.clear();
        auto read = co_await read_objects(at, store, commits, missing, by);
        if (read) co_return missing;
        if (at.bad.empty()) co_return read.error();
        // A repair beside us removes what it has replaced.
        const std::set<std::string> keys{at.bad};
        auto replaced =
            co_await replaced_since(store, where, survey.partition(), commits.commits(), keys, by);
        if (!replaced) co_return replaced.error();
        if (!*replaced) co_return read.error();
        auto again = co_await survey_partition(store, where, survey.partition(), by);
        if (!again) co_return again.error();
        newer = std::move(*again);
    }
}

} // namespace sluice
