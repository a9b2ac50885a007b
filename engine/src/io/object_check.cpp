// engine: one committed object beside what it holds, and beside the stream.
#include "object_check.hpp"

#include "../core/piece_steps.hpp"
#include "value_check.hpp"

#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice {

namespace {

/// The position of the record that holds byte `at` of a body.
std::string record_at(bytes_view body, std::size_t at, std::uint32_t partition) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end() && records.offset() <= at) {
        if (!records.next(each)) break;
    }
    return to_string(position{partition, each.sequence, each.part ? each.part->offset : 0});
}

/// A piece being decoded, portion by portion: what it expands to may be much.
struct piece_records {
    std::unique_ptr<piece_content> content;
    std::unique_ptr<object_decoder> decoder;
};

result<piece_records> open_records(const verification& at, const committed_piece& piece) {
    const fetch_item& what = piece.what;
    auto encoding = known_encoding(what.format, what.codec);
    if (!encoding) return encoding.error();
    format_context context;
    context.stream = at.where.document.name;
    context.incarnation = at.where.document.incarnation;
    context.partition = what.first.partition;
    piece_records opened;
    opened.content = make_piece_content(*encoding, piece.bytes.view(), what.inside);
    opened.decoder = make_content_decoder(*encoding, context, what.first, what.inside);
    return opened;
}

/// Decodes the next portion; its records go to `records`, where they will be compared. False at the
/// piece's end.
result<bool>
next_records(verification& at, piece_records& from, object_check& check, byte_vector& records) {
    records.clear();
    const auto take = [&](const record_batch& batch) -> result<void> {
        check.reached = batch.next;
        check.events += batch.events;
        auto same = at.fragments.take(batch);
        if (!same) return same;
        if (!check.stream) return result<void>();
        auto part = part_of_batch(batch, check.compared);
        if (!part) return part.error();
        append(records, part->body);
        return result<void>();
    };
    auto portion = from.content->next();
    if (!portion) return portion.error();
    const bool more = !portion->empty();
    auto decoded = more ? from.decoder->feed(*portion, take) : from.decoder->finish(take);
    if (!decoded) return decoded.error();
    return more;
}

/// The stream may be sparse: the committed end may lie behind the last record, never before it.
void check_end(verification& at, const committed_piece& piece, const object_check& check) {
    const position end = piece.what.next;
    const bool inside_an_event = check.reached.offset != 0 && check.reached != end;
    if (check.reached > end || inside_an_event)
        at.damage(
            piece.object, piece_text(at, piece) + ": holds events up to " + to_string(check.reached)
        );
}

/// Once they differ, nothing that follows in the object can be aligned: it is told once.
task<result<void>> compare_records(
    verification& at, const committed_piece& piece, object_check& check, const byte_vector& records
) {
    auto differs = co_await check.stream->differs(records);
    if (!differs && is_damage_of_other(at, piece, check, differs.error())) co_return result<void>();
    if (!differs) co_return differs.error();
    if (!*differs) co_return result<void>();
    const std::uint32_t partition = piece.what.first.partition;
    at.damage(
        piece.object,
        piece_text(at, piece) + ": event " + record_at(records, **differs, partition) +
            " is not the one that the stream holds there",
        true
    );
    check.stream.reset();
    co_return result<void>();
}

/// Decodes a piece, and checks what it holds against the commit and the stream.
task<result<void>>
check_records(verification& at, const committed_piece& piece, object_check& check) {
    check.reached = piece.what.first;
    byte_vector records;
    auto from = open_records(at, piece);
    result<bool> more = true;
    while (from && more && *more) {
        more = next_records(at, *from, check, records);
        if (!more || !check.stream) continue;
        auto compared = co_await compare_records(at, piece, check, records);
        if (!compared) co_return compared.error();
    }
    if (from && more) {
        check_end(at, piece, check);
    } else {
        check.whole = false;
        check.stream.reset();
        const failure& why = from ? more.error() : from.error();
        at.damage(piece.object, piece_text(at, piece) + ": " + describe(why));
    }
    if (!check.stream || !piece.last) co_return result<void>();
    auto ended = co_await compare_end(at, piece, check);
    co_return ended;
}

void end_object(verification& at, const committed_object& object, const object_check& check) {
    ++at.report.objects;
    at.report.events += check.events;
    if (check.whole && check.events != object.events)
        at.damage(
            object,
            object_text(at, object) + ": " + std::to_string(check.events) +
                " events begin in it, committed are " + std::to_string(object.events)
        );
}

} // namespace

std::string piece_text(const verification& at, const committed_piece& piece) {
    const fetch_item& what = piece.what;
    return object_text(at, piece.object) + ", bytes " + std::to_string(what.at) + " to " +
           std::to_string(what.at + what.size) + " (piece " + std::to_string(what.piece) +
           ", events " + to_string(what.first) + " up to " + to_string(what.next) + ")";
}

bool is_damage_of_other(
    verification& at, const committed_piece& piece, object_check& check, const failure& why
) {
    const bool damaged =
        why.code == engine_errc::damaged_object || why.code == s3::s3_errc::no_such_key;
    if (!at.other || !damaged) return false;
    at.report.notes.push_back(
        piece_text(at, piece) +
        ": from here on the object was not compared with that export: " + describe(why)
    );
    at.report.all_compared = false;
    check.stream.reset();
    return true;
}

task<result<void>>
compare_end(verification& at, const committed_piece& piece, object_check& check) {
    auto exhausted = co_await check.stream->exhausted();
    if (!exhausted && is_damage_of_other(at, piece, check, exhausted.error()))
        co_return result<void>();
    if (!exhausted) co_return exhausted.error();
    if (!*exhausted)
        at.damage(
            piece.object,
            object_text(at, piece.object) + ": ends after " + to_string(check.reached) +
                ", the stream holds more events before " + to_string(piece.object.next),
            true
        );
    co_return result<void>();
}

std::string object_text(const verification& at, const committed_object& object) {
    return "s3://" + at.where.bucket + "/" + join_key(at.where.folder, object.key);
}

void verification::damage(const committed_object& object, const std::string& text, bool differs) {
    problem(text);
    const bool known = !report.damaged.empty() && report.damaged.back().object.key == object.key;
    if (known) {
        object_damage& before = report.damaged.back();
        before.differs = before.differs && differs; // a damage tells more than a difference
        return;
    }
    object_damage fresh;
    fresh.object = object;
    fresh.differs = differs;
    report.damaged.push_back(std::move(fresh));
}

task<result<void>>
check_piece(verification& at, const committed_piece& piece, object_check& check) {
    if (piece.failed) co_return *piece.failed;
    if (piece.object_wrong) {
        at.damage(piece.object, object_text(at, piece.object) + ": " + piece.wrong);
        at.report.damaged.back().missing = piece.object_missing;
        co_return result<void>();
    }
    if (!piece.wrong.empty()) {
        at.damage(piece.object, piece_text(at, piece) + ": " + piece.wrong);
        check.whole = false;
        check.stream.reset();
        at.values.reset();
    } else {
        const bool values = values_only(at.format);
        auto checking = values ? check_values(at, piece, check) : check_records(at, piece, check);
        auto checked = co_await std::move(checking);
        if (!checked) co_return checked.error();
        at.report.bytes += piece.what.size;
        if (at.progressed) at.progressed(piece.what.size);
    }
    if (piece.last) end_object(at, piece.object, check);
    co_return result<void>();
}

} // namespace sluice
