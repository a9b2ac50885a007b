// engine: the appends that one verified piece becomes.
#include "piece_steps.hpp"

#include <sluice/engine/error.hpp>

#include <functional>
#include <utility>

namespace sluice {

namespace {

failure not_as_committed(const fetch_item& what, position found, position expected) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = what.key + ", piece " + std::to_string(what.piece) + ": holds events up to " +
                to_string(found) + ", the commit says " + to_string(expected);
    return why;
}

position position_of(std::uint32_t partition, const record& each) {
    return position{partition, each.sequence, each.part ? each.part->offset : 0};
}

/// The records of a batch from `from` on, as a batch of their own.
result<record_batch> cut_before(const record_batch& batch, position from) {
    avro_record_cursor records(batch.body);
    record each;
    std::size_t at = 0;
    while (!records.at_end()) {
        at = records.offset();
        auto read = records.next(each);
        if (!read) return read.error();
        if (position_of(from.partition, each) >= from) break;
    }
    return describe_body(batch.body.subspan(at), position_of(from.partition, each));
}

bool lies_in(bytes_view whole, bytes_view part) {
    const std::less_equal<const std::byte*> not_after;
    return not_after(whole.data(), part.data()) &&
           not_after(part.data() + part.size(), whole.data() + whole.size());
}

} // namespace

result<piece_steps> steps_of_piece(
    const fetch_item& what,
    bytes_view bytes,
    object_format format,
    const format_context& context,
    position from,
    import_progress progress
) {
    piece_steps made;
    position reached = what.first;
    progress.hint_commit = what.commit;
    progress.hint_object = what.key;
    progress.hint_piece = what.piece;
    const auto take = [&](const record_batch& given) -> result<void> {
        reached = given.next;
        if (given.next <= from) return result<void>();
        append_step step;
        step.batch = given;
        if (given.first < from) {
            auto rest = cut_before(given, from);
            if (!rest) return rest.error();
            step.batch = *rest;
        }
        if (!lies_in(bytes, step.batch.body)) {
            made.copies.emplace_back(step.batch.body.begin(), step.batch.body.end());
            step.batch.body = made.copies.back();
        }
        progress.at = step.batch.next;
        step.progress = encode_import_progress(progress);
        made.events += step.batch.events;
        made.steps.push_back(std::move(step));
        return result<void>();
    };
    const auto decoder = make_decoder(format, context, what.first, what.inside);
    auto fed = decoder->feed(bytes, take);
    if (!fed) return fed.error();
    auto finished = decoder->finish(take);
    if (!finished) return finished.error();
    // The stream may be sparse: the committed end may lie behind the last record, never before it.
    const bool beyond = reached > what.next;
    const bool inside_an_event = reached.offset != 0 && reached != what.next;
    if (beyond || inside_an_event) return not_as_committed(what, reached, what.next);
    if (!made.steps.empty() && made.steps.back().batch.next != what.next) {
        progress.at = what.next;
        made.steps.back().progress = encode_import_progress(progress);
    }
    return made;
}

} // namespace sluice
