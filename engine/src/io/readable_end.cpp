// engine: up to where a damaged stream can be read, and one that does not fit a format exported.
#include <sluice/base/buffer.hpp>
#include <sluice/engine/readable_end.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/values.hpp>

#include <algorithm>
#include <optional>

namespace sluice {

namespace {

/// Where the block that begins at `first` ends, once it has been read; nullopt: it is damaged, or
/// holds what does not fit.
task<result<std::optional<position>>>
read_block(reader& from, object_format format, position first, position end, buffer& body) {
    const auto settle = [](const failure& why) -> result<std::optional<position>> {
        if (why.code == stream_errc::damaged) return std::optional<position>();
        return why;
    };
    auto block = co_await from.outline(first, end);
    if (!block) co_return settle(block.error());
    body.reset(block->body_bytes);
    auto read = co_await from.read(*block, body.span());
    if (!read) co_return settle(read.error());
    if (!fits(format, body.view())) co_return std::optional<position>();
    co_return std::optional<position>(block->next);
}

/// A block is bad as a whole; shorter ones, halved again and again, find the event.
task<result<position>> good_end(reader& from, object_format format, position begin, position end) {
    buffer body;
    position good = begin, bad = end;
    bool damaged = false;
    while (good < bad) {
        position ask = bad;
        if (damaged) {
            ask.sequence = good.sequence + (bad.sequence - good.sequence) / 2;
            ask.offset = 0;
            if (ask <= good) break;
        }
        auto next = co_await read_block(from, format, good, ask, body);
        if (!next) co_return next.error();
        if (!*next) {
            damaged = true;
            bad = ask;
        } else if (**next == good) {
            break;
        } else {
            good = **next;
        }
    }
    co_return good;
}

} // namespace

task<result<position>> readable_end(reader& from, position begin, position end) {
    return good_end(from, object_format::avro, begin, end); // which holds everything
}

task<result<position>>
exportable_end(reader& from, object_format format, position begin, position end) {
    auto good = co_await good_end(from, format, begin, end);
    if (!good || *good == end || good->offset == 0) co_return good;
    position event = *good;
    event.offset = 0; // none of it may be exported
    co_return std::max(event, begin);
}

} // namespace sluice
