// engine: is everything that was committed there, whole, in order, and what the stream holds?
#include "../core/commit_cover.hpp"
#include "committed_pieces.hpp"
#include "stream_comparison.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/format.hpp>

#include <boost/asio/this_coro.hpp>

#include <set>
#include <utility>

namespace sluice {

namespace {

/// The verification under way.
struct verification {
    any_io_executor on;
    s3::object_store& store;
    const export_folder& where;
    reader* against;
    std::uint64_t memory;
    deadline by;
    std::function<void(std::uint64_t)> progressed;
    object_format format;
    verify_report report;

    void problem(const std::string& text) { report.problems.push_back(text); }
};

/// What is known of the object whose pieces are being checked.
struct object_check {
    std::uint64_t events = 0;
    position reached;
    bool whole = true;
    std::optional<stream_comparison> stream; ///< none: nothing (more) to compare with
};

std::string object_text(const verification& at, const committed_object& object) {
    return "s3://" + at.where.bucket + "/" + join_key(at.where.folder, object.key);
}

std::string piece_text(const verification& at, const committed_piece& piece) {
    const fetch_item& what = piece.what;
    return object_text(at, piece.object) + ", bytes " + std::to_string(what.at) + " to " +
           std::to_string(what.at + what.size) + " (piece " + std::to_string(what.piece) +
           ", events " + to_string(what.first) + " up to " + to_string(what.next) + ")";
}

/// The position of the record that holds byte `at` of a body.
std::string record_at(bytes_view body, std::size_t at, std::uint32_t partition) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end() && records.offset() <= at) {
        if (!records.next(each)) break;
    }
    return to_string(position{partition, each.sequence, each.part ? each.part->offset : 0});
}

/// Decodes a piece and checks what it holds against the commit; the records go to `records`.
void check_records(
    verification& at, const committed_piece& piece, object_check& check, byte_vector& records
) {
    const fetch_item& what = piece.what;
    check.reached = what.first;
    const auto take = [&](const record_batch& batch) -> result<void> {
        check.reached = batch.next;
        check.events += batch.events;
        if (check.stream) append(records, batch.body);
        return result<void>();
    };
    format_context context;
    context.stream = at.where.document.name;
    context.incarnation = at.where.document.incarnation;
    context.partition = what.first.partition;
    const auto decoder = make_decoder(at.format, context, what.first, what.inside);
    auto decoded = decoder->feed(piece.bytes.view(), take);
    if (decoded) decoded = decoder->finish(take);
    if (!decoded) {
        check.whole = false;
        return at.problem(piece_text(at, piece) + ": " + describe(decoded.error()));
    }
    // The stream may be sparse: the committed end may lie behind the last record, never before it.
    const bool inside_an_event = check.reached.offset != 0 && check.reached != what.next;
    if (check.reached > what.next || inside_an_event)
        at.problem(piece_text(at, piece) + ": holds events up to " + to_string(check.reached));
}

/// Once they differ, nothing that follows in the object can be aligned: it is told once.
task<result<void>> compare_records(
    verification& at, const committed_piece& piece, object_check& check, const byte_vector& records
) {
    auto differs = co_await check.stream->differs(records);
    if (!differs) co_return differs.error();
    if (*differs) {
        const std::uint32_t partition = piece.what.first.partition;
        at.problem(
            piece_text(at, piece) + ": event " + record_at(records, **differs, partition) +
            " is not the one that the stream holds there"
        );
        check.stream.reset();
        co_return result<void>();
    }
    if (!piece.last) co_return result<void>();
    auto exhausted = co_await check.stream->exhausted();
    if (!exhausted) co_return exhausted.error();
    if (!*exhausted)
        at.problem(
            object_text(at, piece.object) + ": ends after " + to_string(check.reached) +
            ", the stream holds more events before " + to_string(piece.object.next)
        );
    co_return result<void>();
}

void end_object(verification& at, const committed_object& object, const object_check& check) {
    ++at.report.objects;
    at.report.events += check.events;
    if (check.whole && check.events != object.events)
        at.problem(
            object_text(at, object) + ": " + std::to_string(check.events) +
            " events begin in it, committed are " + std::to_string(object.events)
        );
}

task<result<void>>
check_piece(verification& at, const committed_piece& piece, object_check& check) {
    if (piece.failed) co_return *piece.failed;
    if (piece.object_wrong) {
        at.problem(object_text(at, piece.object) + ": " + piece.wrong);
        co_return result<void>();
    }
    if (!piece.wrong.empty()) {
        at.problem(piece_text(at, piece) + ": " + piece.wrong);
        check.whole = false;
        check.stream.reset();
    } else {
        byte_vector records;
        check_records(at, piece, check, records);
        if (!check.whole) check.stream.reset();
        if (check.stream) {
            auto compared = co_await compare_records(at, piece, check, records);
            if (!compared) co_return compared.error();
        }
        at.report.bytes += piece.what.size;
        if (at.progressed) at.progressed(piece.what.size);
    }
    if (piece.last) end_object(at, piece.object, check);
    co_return result<void>();
}

/// What of the stream can be compared with: `held`, where there is one.
task<result<void>> check_objects(
    verification& at, committed_pieces& pieces, const std::optional<stream_bounds>& held
) {
    object_check check;
    const committed_object* current = nullptr;
    while (const auto piece = co_await pieces.next()) {
        const committed_object& object = piece->object;
        if (&object != current) {
            current = &object;
            check = object_check();
            const bool both = held && object.first >= held->first && object.next <= held->end;
            if (both) check.stream.emplace(*at.against, object.first, object.next);
        }
        auto checked = co_await check_piece(at, *piece, check);
        if (!checked) co_return checked.error();
    }
    co_return result<void>();
}

task<void> check_while_reading(
    verification& at,
    committed_pieces& pieces,
    const std::optional<stream_bounds>& held,
    task_group& group,
    result<void>& end
) {
    group.spawn([&pieces, &group] { return pieces.read_all(group); });
    end = co_await check_objects(at, pieces, held);
    if (!end) group.cancel();
}

/// The pieces' CRCs must make up the object's; known without reading a byte.
void check_sums(verification& at, const std::vector<committed_object>& objects) {
    for (const committed_object& object : objects) {
        if (crc_of_pieces(object) != object.crc64nvme)
            at.problem(
                object_text(at, object) + ": the checksums of its pieces do not make up its own"
            );
    }
}

task<result<std::optional<stream_bounds>>>
bounds_of(verification& at, std::uint32_t partition, const std::vector<committed_object>& objects) {
    if (!at.against || objects.empty()) co_return std::optional<stream_bounds>();
    auto bounds = co_await at.against->bounds(partition);
    if (!bounds) co_return bounds.error();
    if (objects.front().first < bounds->first)
        at.problem(
            "events " + to_string(objects.front().first) + " up to " + to_string(bounds->first) +
            " are no longer in the stream: objects that hold some of them were not compared"
        );
    if (bounds->end < objects.back().next)
        at.problem(
            object_text(at, objects.back()) + ": ends at " + to_string(objects.back().next) +
            ", the stream at " + to_string(bounds->end)
        );
    co_return std::optional<stream_bounds>(*bounds);
}

task<result<void>>
find_strays(verification& at, std::uint32_t partition, const std::vector<commit>& commits) {
    std::set<std::string> named;
    for (const commit& each : commits) {
        for (const committed_object& object : each.objects)
            named.insert(join_key(at.where.folder, object.key));
    }
    s3::list_request request;
    request.bucket = at.where.bucket;
    request.prefix = partition_prefix(at.where.folder, partition);
    do {
        auto page = co_await at.store.list(request, at.by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            if (named.count(each.key) == 0) at.report.strays.push_back(each.key);
        }
        request.token = page->next_token;
    } while (!request.token.empty());
    co_return result<void>();
}

task<result<void>> verify_partition(verification& at, std::uint32_t partition) {
    auto commits = co_await fetch_commits(at.store, at.where, partition, 0, at.by);
    if (!commits) {
        if (commits.error().code != engine_errc::damaged_object) co_return commits.error();
        at.problem(describe(commits.error()));
        co_return result<void>();
    }
    at.report.commits += commits->size();
    const std::vector<committed_object> objects = objects_in_force(*commits);
    for (const std::string& hole : holes_in(*commits, objects))
        at.problem("partition " + std::to_string(partition) + ": " + hole);
    check_sums(at, objects);
    auto held = co_await bounds_of(at, partition, objects);
    if (!held) co_return held.error();

    committed_pieces pieces(at.on, at.store, at.where, objects, at.memory / 2, at.by);
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&](task_group& group) {
        return check_while_reading(at, pieces, *held, group, end);
    };
    co_await with_task_group(at.on, body);
    if (!end) co_return end;
    auto strays = co_await find_strays(at, partition, *commits);
    co_return strays;
}

} // namespace

task<result<verify_report>> verify_export(
    s3::object_store& store,
    const export_folder& where,
    reader* against,
    std::uint64_t memory,
    deadline by,
    std::function<void(std::uint64_t bytes)> progressed
) {
    auto format = parse_format(where.document.format);
    if (!format) co_return format.error();
    if (against && against->description().incarnation != where.document.incarnation) {
        failure other;
        other.code = engine_errc::other_incarnation;
        other.where = "s3://" + where.bucket + "/" + where.folder + ": is of incarnation " +
                      where.document.incarnation + ", stream " + against->description().name +
                      " is of " + against->description().incarnation;
        co_return other;
    }
    const any_io_executor on = co_await boost::asio::this_coro::executor;
    verification at{
        on, store, where, against, memory, by, std::move(progressed), *format, verify_report()};
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto verified = co_await verify_partition(at, n);
        if (!verified) co_return verified.error();
    }
    co_return std::move(at.report);
}

} // namespace sluice
