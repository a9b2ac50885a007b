// engine: a stream that an import filled, read as if it were the source.
#include "renumbered_reader.hpp"

#include <utility>

namespace sluice {

renumbered_reader::renumbered_reader(
    reader& in, const imported_stream& by, const stream_document& source
)
    : in_(in), by_(by), description_(in.description()) {
    description_.incarnation = source.incarnation;
    description_.partitions = source.partitions;
}

/// Of a partition that the stream has.
position renumbered_reader::in_stream(position source) const {
    source.partition = by_.partitions.at(source.partition).target;
    return source;
}

task<result<stream_bounds>> renumbered_reader::bounds(std::uint32_t partition) {
    stream_bounds none;
    none.first.partition = none.end.partition = partition;
    const auto known = by_.partitions.find(partition);
    if (known == by_.partitions.end()) co_return none;
    auto bounds = co_await in_.bounds(known->second.target);
    if (bounds) bounds->first.partition = bounds->end.partition = partition;
    co_return bounds;
}

task<result<block_outline>> renumbered_reader::outline(position from, position end) {
    auto outline = co_await in_.outline(in_stream(from), in_stream(end));
    if (outline) outline->first.partition = outline->next.partition = from.partition;
    co_return outline;
}

task<result<void>> renumbered_reader::read(const block_outline& what, bytes_span into) {
    block_outline own = what;
    own.first = in_stream(what.first);
    own.next = in_stream(what.next);
    auto read = co_await in_.read(own, into);
    co_return read;
}

task<result<std::uint64_t>> renumbered_reader::fingerprint(position next) {
    auto found = co_await in_.fingerprint(in_stream(next));
    co_return found;
}

task<result<position>> renumbered_reader::wait_beyond(position than, deadline by) {
    auto end = co_await in_.wait_beyond(in_stream(than), by);
    if (end) end->partition = than.partition;
    co_return end;
}

task<result<std::unique_ptr<cursor>>> renumbered_reader::open_cursor(std::string name) {
    auto opened = co_await in_.open_cursor(std::move(name));
    co_return std::move(opened);
}

} // namespace sluice
