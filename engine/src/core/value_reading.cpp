// engine: events out of pieces that hold values only, to be looked at and not kept.
#include "value_reading.hpp"

#include <sluice/stream/error.hpp>

#include <string>

namespace sluice {

namespace {

failure not_as_committed(std::string how) {
    failure why;
    why.code = stream_errc::malformed;
    why.where = std::move(how);
    return why;
}

failure beyond(position reached) {
    return not_as_committed("holds events up to " + to_string(reached));
}

result<void> feed(
    value_decoder& decoder,
    object_encoding as,
    const fetch_item& what,
    bytes_view bytes,
    const object_decoder::deliver& to
) {
    const auto content = make_piece_content(as, bytes, what.inside);
    while (true) {
        auto portion = content->next();
        if (!portion) return portion.error();
        if (portion->empty()) return result<void>();
        auto fed = decoder.feed(*portion, to);
        if (!fed) return fed;
    }
}

} // namespace

/// Behind a gap an event that was open is given up.
result<void> value_reading::enter(const fetch_item& what) {
    const position first = what.first;
    const bool anew = decoder_ && first.offset == 0 && decoder_->reached() < first;
    if (anew) decoder_.reset();
    if (decoder_) return decoder_->enter(first);
    if (first.offset != 0)
        return not_as_committed(
            "begins inside event " + to_string(position{first.partition, first.sequence, 0}) +
            ", whose beginning is in no object"
        );
    decoder_ = make_counting_decoder(as_.format, first, std::nullopt);
    return result<void>();
}

result<void>
value_reading::read(const fetch_item& what, bytes_view bytes, const object_decoder::deliver& to) {
    if (!tells_events_apart(as_.format)) {
        const position at{what.first.partition, what.first.sequence, 0};
        const auto run = make_raw_decoder(at, usual_event_bytes);
        auto fed = feed(*run, as_, what, bytes, to);
        return fed ? run->finish(to) : fed;
    }
    auto entered = enter(what);
    if (!entered) return entered;
    const auto within = [&what, &to](const record_batch& batch) -> result<void> {
        if (batch.next > what.next) return beyond(batch.next);
        return to(batch);
    };
    auto fed = feed(*decoder_, as_, what, bytes, within);
    if (fed) fed = decoder_->flush(within);
    if (!fed) return fed;
    if (!decoder_->may_end_at(what.next)) return beyond(decoder_->reached());
    return result<void>();
}

} // namespace sluice
