// engine: one piece of an object of values, beside what is committed and beside the stream.
#include "value_check.hpp"

#include <sluice/engine/error.hpp>

namespace sluice {

namespace {

/// A piece being checked.
struct value_piece {
    verification& at;
    const committed_piece& piece;
    object_check& check;
    bool counts = false;    ///< its bytes tell where events begin
    std::uint64_t done = 0; ///< bytes of content
    std::optional<failure> wrong;
};

result<void> pass_over(const record_batch&) {
    return {};
}

/// An event may go on here whose beginning was not seen whole; then nothing can be counted.
void enter(value_piece& in, object_format format) {
    const position first = in.piece.what.first;
    auto& values = in.at.values;
    if (!values && first.offset != 0) return;
    if (!values) values = make_counting_decoder(format, first, std::nullopt);
    auto entered = values->enter(first);
    if (!entered) in.wrong = entered.error();
    in.counts = true;
}

/// What the bytes say of the next bytes.
void count_events(value_piece& in, bytes_view content) {
    const std::uint64_t before = in.at.values->begun();
    auto fed = in.at.values->feed(content, pass_over);
    in.check.events += in.at.values->begun() - before;
    if (!fed) in.wrong = fed.error();
}

/// What the bytes say of the end, beside what the commit says.
void check_end(value_piece& in) {
    if (in.at.values->may_end_at(in.piece.what.next)) return;
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "holds events up to " + to_string(in.at.values->reached());
    in.wrong = why;
}

task<result<void>> compare(value_piece& in, bytes_view content) {
    auto differs = co_await in.check.stream->differs(content);
    if (!differs && is_damage_of_other(in.at, in.piece, in.check, differs.error()))
        co_return result<void>();
    if (!differs) co_return differs.error();
    if (!*differs) co_return result<void>();
    in.at.damage(
        in.piece.object,
        piece_text(in.at, in.piece) + ": byte " + std::to_string(in.done + **differs) +
            " of its values is not the one that the stream holds there",
        true
    );
    in.check.stream.reset();
    co_return result<void>();
}

task<result<void>> check_content(value_piece& in, piece_content& content) {
    while (!in.wrong) {
        auto portion = content.next();
        if (!portion) in.wrong = portion.error();
        if (!portion || portion->empty()) break;
        if (in.counts) count_events(in, *portion);
        if (in.check.stream) {
            auto compared = co_await compare(in, *portion);
            if (!compared) co_return compared.error();
        }
        in.done += portion->size();
    }
    if (in.counts && !in.wrong) check_end(in);
    co_return result<void>();
}

void end_piece(value_piece& in) {
    in.check.reached = in.piece.what.next;
    if (in.wrong) {
        in.at.damage(in.piece.object, piece_text(in.at, in.piece) + ": " + describe(*in.wrong));
        in.at.values.reset();
        in.check.stream.reset();
    }
    // Events cannot be counted where nothing tells them apart: then the commit is believed.
    if (in.wrong || !in.counts) in.check.whole = false;
    if (!in.wrong && !in.counts && in.piece.last) in.check.events = in.piece.object.events;
}

} // namespace

task<result<void>>
check_values(verification& at, const committed_piece& piece, object_check& check) {
    auto encoding = known_encoding(piece.what.format, piece.what.codec);
    if (!encoding) co_return encoding.error();
    value_piece in{at, piece, check, false, 0, std::nullopt};
    if (tells_events_apart(encoding->format)) enter(in, encoding->format);
    const auto content = make_piece_content(*encoding, piece.bytes.view(), piece.what.inside);
    auto checked = co_await check_content(in, *content);
    if (!checked) co_return checked.error();
    end_piece(in);
    if (!check.stream || !piece.last) co_return result<void>();
    auto ended = co_await compare_end(at, piece, check);
    co_return ended;
}

} // namespace sluice
