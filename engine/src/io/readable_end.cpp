// engine: up to where a damaged stream can be read.
#include <sluice/base/buffer.hpp>
#include <sluice/engine/readable_end.hpp>
#include <sluice/stream/error.hpp>

#include <optional>

namespace sluice {

namespace {

/// Where the block that begins at `first` ends, once it has been read; nullopt: it is damaged.
task<result<std::optional<position>>>
read_block(reader& from, position first, position end, buffer& body) {
    const auto settle = [](const failure& why) -> result<std::optional<position>> {
        if (why.code == stream_errc::damaged) return std::optional<position>();
        return why;
    };
    auto block = co_await from.outline(first, end);
    if (!block) co_return settle(block.error());
    body.reset(block->body_bytes);
    auto read = co_await from.read(*block, body.span());
    if (!read) co_return settle(read.error());
    co_return std::optional<position>(block->next);
}

} // namespace

/// A block is damaged as a whole; shorter ones, halved again and again, find the event.
task<result<position>> readable_end(reader& from, position begin, position end) {
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
        auto next = co_await read_block(from, good, ask, body);
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

} // namespace sluice
