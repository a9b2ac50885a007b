// engine: one object that nobody committed: its ranges in order, decoded, into the stream.
#include "object_reading.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sluice {

namespace {

using fault = reading_failure::fault;

/// Events that wait are appended when they are this much: one sync for all of them.
constexpr std::size_t append_together = std::size_t{8} << 20;

struct object_under_way {
    foreign_import& with;
    range_ahead& ranges;
    const foreign_object& what;
    std::size_t number;
    std::optional<own_place> own;           ///< where it lies, if an export wrote it
    std::unique_ptr<foreign_reader> reader; ///< none before its first bytes are there
    std::uint64_t at = 0;                   ///< bytes of it that were read
    bool compressed = false;                ///< only its end tells whether all of it was right
    foreign_encoding encoding;
    std::optional<reading_failure> failed;

    bool fails(fault of, failure why) {
        failed = reading_failure{std::move(why), of, false};
        return false;
    }
    /// What words of the command cannot mend is the object's fault.
    bool fails_in_object(failure why) {
        const fault of = why.code == engine_errc::usage ? fault::request : fault::object;
        why.where = address_of(with.from, what.key) + ": " + why.where;
        if (compressed)
            why.where += "; what came before that place in the object was kept and may be altered";
        return fails(of, std::move(why));
    }
};

task<bool> append_gathered(object_under_way& at) {
    at.with.to.gather(false);
    auto appended = co_await at.with.to.append();
    co_return appended || at.fails(fault::stream, appended.error());
}

failure begun_otherwise(std::string how) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "was begun " + std::move(how);
    return why;
}

failure damaged_run(std::string how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = std::move(how);
    return why;
}

/// What an export wrote has its places in its names: each object lies behind the one before.
result<void> check_place(const object_under_way& at, foreign_format format) {
    const own_run& run = at.with.own;
    const bool again = run.last && same_partition(*run.last, *at.own) &&
                       at.own->first <= run.last->first && at.what.key != run.object.key;
    if (again)
        return damaged_run(
            "byte 0: begins at " + to_string(at.own->first) + ", and " + run.object.key +
            " was read before it: which of the two counts only commits tell"
        );
    const bool goes_on = run.reader || at.with.to.reached().inside > 0;
    if (at.own->first.offset == 0 || format == foreign_format::raw || goes_on)
        return result<void>();
    return damaged_run(
        "byte 0: begins inside event " +
        to_string(position{at.own->first.partition, at.own->first.sequence, 0}) + ", at byte " +
        std::to_string(at.own->first.offset) +
        " of its value, and no object before it holds what comes before"
    );
}

/// In the middle of what is open at the end of the object before.
result<void> go_on_reading(object_under_way& at, foreign_encoding encoding) {
    own_run& run = at.with.own;
    if (encoding.format != run.encoding.format)
        return damaged_run(
            "byte 0: is " + std::string(name_of(encoding.format)) + ", and " + run.object.key +
            ", which it is to go on with, " + std::string(name_of(run.encoding.format))
        );
    at.reader = std::move(run.reader);
    at.reader->begin_next(encoding.codec, *at.own);
    return result<void>();
}

/// The first bytes tell what it is. Events that are in the stream were counted in the same format.
result<void> begin_reading(object_under_way& at, bytes_view start) {
    if (at.reader) return result<void>();
    foreign_import& with = at.with;
    auto encoding = recognise(at.what.key, start, with.options.format, with.options.codec);
    if (!encoding) {
        failure why = encoding.error();
        if (with.run.rules.skip_bad) why.code = engine_errc::damaged_object;
        return why;
    }
    listing_progress& reached = with.to.reached();
    const std::string format(name_of(encoding->format));
    const bool cut = encoding->format == foreign_format::raw;
    at.compressed = encoding->codec != object_codec::none;
    at.encoding = *encoding;
    auto placed = at.own ? check_place(at, encoding->format) : result<void>();
    if (!placed) return placed;
    if (with.own.reader) return go_on_reading(at, *encoding);
    const bool begun = reached.events > 0 || reached.inside > 0 || with.to.goes_on_inside();
    if (begun && reached.format != format)
        return begun_otherwise(
            "as " + reached.format + "; give --format " + reached.format + " until it is done"
        );
    if (begun && cut && reached.event_bytes != with.event_bytes)
        return begun_otherwise(
            "with --event-bytes " + std::to_string(reached.event_bytes) +
            "; give the same until it is done"
        );
    reached.format = format;
    reached.event_bytes = with.event_bytes;
    foreign_start from;
    from.skip = reached.events;
    from.inside = reached.inside;
    from.own = at.own;
    from.event_over = [&with](std::uint64_t inside) { with.to.go_over(inside); };
    at.reader = make_foreign_reader(*encoding, with.event_bytes, std::move(from), with.to.events());
    return result<void>();
}

task<bool> decode(object_under_way& at) {
    while (true) {
        auto more = at.reader->read();
        if (!more) co_return at.fails_in_object(more.error());
        if (at.with.to.gathered_bytes() >= append_together) {
            const bool appended = co_await append_gathered(at);
            if (!appended) co_return false;
        }
        if (!*more) co_return true;
    }
}

/// Null: there is none, and `failed` tells why. Nothing that was decoded waits for the store.
task<range_ahead::fetched_ptr> next_range(object_under_way& at) {
    if (!at.ranges.has_next(at.number)) {
        const bool appended = co_await append_gathered(at);
        if (!appended) co_return nullptr;
    }
    auto range = co_await at.ranges.next(at.number);
    if (range) co_return *range;
    const error_code code = range.error().code;
    const fault of = code == engine_errc::damaged_object ? fault::object
                     : code == engine_errc::paused       ? fault::request
                                                         : fault::store;
    at.fails(of, range.error());
    at.failed->unread = of == fault::object && at.at == 0;
    co_return nullptr;
}

task<bool> read_ranges(object_under_way& at) {
    foreign_import& with = at.with;
    while (at.at < at.what.size) {
        if (with.run.control.stopping()) {
            failure why;
            why.code = engine_errc::paused;
            co_return at.fails(fault::request, std::move(why));
        }
        const auto range = co_await next_range(at);
        if (!range) co_return false;
        const bytes_view bytes = range->bytes.view();
        auto begun = begin_reading(at, bytes);
        if (!begun) co_return at.fails_in_object(begun.error());
        at.reader->give(bytes);
        const bool decoded = co_await decode(at);
        if (!decoded) co_return false;
        at.at += range->what.size;
        with.from.seen.bytes += range->what.size;
        ++with.from.seen.parts;
        at.ranges.give_back(range);
        // Where all of it is passed over nothing is appended, and nobody else would have a turn.
        co_await boost::asio::post(with.run.on, use_awaitable);
    }
    co_return true;
}

/// What is open at the end of an object of an export is kept until the next one is known.
result<void> end_reading(object_under_way& at) {
    foreign_import& with = at.with;
    if (!at.own) {
        auto ended = at.reader->finish();
        if (ended) with.to.gather(true);
        return ended;
    }
    auto open = at.reader->end_object();
    if (!open) return open.error();
    if (*open) {
        with.to.gather_open();
        with.own.reader = std::move(at.reader);
        with.own.encoding = at.encoding;
    } else {
        with.to.gather(true);
    }
    return result<void>();
}

} // namespace

task<std::optional<reading_failure>> read_object(
    foreign_import& with, range_ahead& ranges, const foreign_object& what, std::size_t number
) {
    object_under_way at{
        with, ranges, what, number, own_place_of(what.key), nullptr, 0, false, {}, std::nullopt};
    const bool read = co_await read_ranges(at);
    if (!read) co_return std::move(at.failed);
    if (at.reader) {
        auto ended = end_reading(at);
        if (!ended) at.fails_in_object(ended.error());
    } else if (!with.own.reader) {
        with.to.gather(true); // it has no bytes, and no events
    }
    with.own.last = at.own;
    with.own.object = what;
    co_return std::move(at.failed);
}

} // namespace sluice
