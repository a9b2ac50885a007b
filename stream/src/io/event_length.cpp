// stream: what is to be known of an event that ends behind what is at hand.
#include <sluice/base/buffer.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_length.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/values.hpp>

namespace sluice {

namespace {

failure no_such_event(const reader& from, position event) {
    failure why;
    why.code = stream_errc::diverged;
    why.where = "stream " + from.description().name + ", " + to_string(event) +
                ": there is no end to the event that begins there";
    return why;
}

std::optional<std::uint64_t> length_in(bytes_view body, std::int64_t sequence) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end()) {
        if (!records.next(each)) break;
        if (each.sequence == sequence && each.part && each.part->last)
            return static_cast<std::uint64_t>(each.part->last->length);
    }
    return std::nullopt;
}

} // namespace

task<result<std::uint64_t>> event_length(reader& from, position event) {
    position at{event.partition, event.sequence, 0};
    const position end{event.partition, event.sequence + 1, 0};
    while (true) {
        auto outline = co_await from.outline(at, end);
        if (!outline) co_return outline.error();
        if (outline->next == outline->first) co_return no_such_event(from, event);
        at = outline->next;
        if (at < end) continue;
        buffer body(outline->body_bytes);
        auto read = co_await from.read(*outline, body.span());
        if (!read) co_return read.error();
        const auto length = length_in(body.view(), event.sequence);
        if (!length) co_return no_such_event(from, event);
        co_return *length;
    }
}

task<result<void>> check_rest_fits(reader& from, object_format format, position inside) {
    const position end{inside.partition, inside.sequence + 1, 0};
    buffer body;
    for (position at = inside; at < end;) {
        auto outline = co_await from.outline(at, end);
        if (!outline) co_return outline.error();
        if (outline->next == outline->first) co_return no_such_event(from, inside);
        body.reset(outline->body_bytes);
        auto read = co_await from.read(*outline, body.span());
        if (!read) co_return read.error();
        if (!fits(format, body.view())) co_return no_line(from.description().name, inside);
        at = outline->next;
    }
    co_return result<void>();
}

} // namespace sluice
