// stream: the records of a block, fetched from a segment and compared with their checksums.
#include "block_reader.hpp"

#include "../../core/body_scan.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>

namespace sluice::log {

namespace {

/// Batches smaller than this are fetched together and copied apart: calls cost more than copies.
constexpr std::uint64_t fetched_apart = 16 << 10;

/// Where the records of `[from, to)` lie in a body.
struct body_range {
    std::size_t begin = 0;
    std::size_t end = 0;
    position first; ///< of the first of these records
    position next;  ///< behind the last
};

result<body_range> range_in_body(bytes_view body, const position& from, const position& to) {
    avro_record_cursor records(body);
    record each;
    body_range range;
    bool begun = false;
    range.first = range.next = from;
    while (!records.at_end()) {
        const std::size_t at = records.offset();
        auto read = records.next(each);
        if (!read) return read.error();
        const position place{from.partition, each.sequence, each.part ? each.part->offset : 0};
        if (place < from) continue;
        if (place >= to) break;
        if (!begun) {
            range.begin = at;
            range.first = place;
            begun = true;
        }
        range.end = records.offset();
        range.next = position_after(from.partition, each);
    }
    if (!begun) range.begin = range.end = 0;
    return range;
}

/// Those that hold or follow a place.
std::span<const indexed_batch>
from_place(const std::vector<indexed_batch>& batches, const position& place) {
    const auto behind = [](const indexed_batch& each) { return each.header.next; };
    return {std::ranges::upper_bound(batches, place, {}, behind), batches.end()};
}

} // namespace

failure block_reader::not_that_block(const block_outline& what) const {
    return stream_failure(
        stream_errc::out_of_range,
        "stream " + stream_ + ", " + to_string(what.first) + ": is not the block that was outlined"
    );
}

/// A batch's records into their place, compared with their header's checksum while they are hot.
result<void> block_reader::load(
    const batch_index& index, const indexed_batch& batch, bytes_span into, comparing where
) {
    const bool as_they_are = batch.header.codec == batch_codec::none;
    if (!as_they_are) stored_.reset(batch.header.body_bytes);
    const bytes_span body = as_they_are ? into : stored_.span();
    auto read = index.of().bytes->read(batch.body_at, body);
    if (!read) return unreadable(read.error(), batch.header.first, batch.header.next);
    if (as_they_are) return compare(index, batch, body.first(*read), where);
    if (codec_.restore(batch.header, stored_.view().first(*read), into)) return result<void>();
    return damaged_body(index, batch);
}

/// A batch's records, valid until the next call of anything.
result<bytes_view> block_reader::load(const batch_index& index, const indexed_batch& batch) {
    scratch_.reset(batch.header.record_bytes);
    auto loaded = load(index, batch, scratch_.span());
    if (!loaded) return loaded.error();
    return scratch_.view();
}

result<void> block_reader::compare(
    const batch_index& index, const indexed_batch& batch, bytes_view body, comparing where
) const {
    const bool whole = body.size() == batch.header.body_bytes;
    if (whole && where == comparing::elsewhere) return result<void>();
    if (whole && crc64nvme(body) == batch.header.body_crc64) return result<void>();
    return damaged_body(index, batch);
}

failure block_reader::unreadable(failure why, const position& from, const position& to) const {
    why.where = "stream " + stream_ + ": " + why.where + "; events from " + to_string(from) +
                " up to " + to_string(to) + " cannot be read";
    return why;
}

failure block_reader::damaged_body(const batch_index& index, const indexed_batch& batch) const {
    return stream_failure(
        stream_errc::damaged,
        "stream " + stream_ + ": " + index.of().bytes->name().string() + ", byte " +
            std::to_string(batch.body_at) +
            ": the checksum of a batch's body does not hold; events from " +
            to_string(batch.header.first) + " up to " + to_string(batch.header.next) +
            " are damaged"
    );
}

/// Of a batch that `from` or `end` cuts, the records in between.
result<void> block_reader::add_part(
    block_outline& to, const batch_index& index, const indexed_batch& batch, position end
) {
    auto body = load(index, batch);
    if (!body) return body.error();
    auto range = range_in_body(*body, to.next, end);
    if (!range) return range.error();
    if (range->begin == range->end) return result<void>();
    const bytes_view records = body->subspan(range->begin, range->end - range->begin);
    auto part = describe_body(records, range->first);
    if (!part) return part.error();
    to.records += part->records;
    to.events += part->events;
    to.times = merge(to.times, part->times);
    to.body_crc64 = crc64nvme_combine(to.body_crc64, *part->body_crc64, records.size());
    to.body_bytes += records.size();
    to.next = part->next;
    return result<void>();
}

/// Of a block that `from` or `end` cuts.
result<block_outline> block_reader::part_of(
    batch_index& index, const indexed_block& block, const position& from, const position& end
) {
    block_outline outline;
    outline.first = outline.next = from;
    auto batches = index.batches_of(block);
    if (!batches) return batches.error();
    for (const indexed_batch& batch : from_place(**batches, from)) {
        if (batch.header.first >= end) break;
        if (batch.header.first < outline.next || batch.header.next > end) {
            auto added = add_part(outline, index, batch, end);
            if (!added) return added.error();
            if (batch.header.next > end) break;
            continue;
        }
        outline.records += batch.header.records;
        outline.events += batch.header.events;
        outline.times = merge(outline.times, batch.header.times);
        outline.body_crc64 = crc64nvme_combine(
            outline.body_crc64, batch.header.records_crc64, batch.header.record_bytes
        );
        outline.body_bytes += batch.header.record_bytes;
        outline.next = batch.header.next;
    }
    outline.on_grid = block.outline.on_grid && outline.next == block.outline.next;
    return outline;
}

result<std::size_t> block_reader::read_part(
    const batch_index& index, const indexed_batch& batch, const block_outline& what, bytes_span into
) {
    auto body = load(index, batch);
    if (!body) return body.error();
    auto range = range_in_body(*body, what.first, what.next);
    if (!range) return range.error();
    const bytes_view records = body->subspan(range->begin, range->end - range->begin);
    if (records.size() > into.size()) return not_that_block(what);
    std::ranges::copy(records, into.begin());
    return records.size();
}

/// Several small batches with one call; takes them off the front of `left`.
result<std::size_t> block_reader::read_small_ones(
    const batch_index& index,
    batches& left,
    const block_outline& what,
    bytes_span into,
    comparing where
) {
    const std::uint64_t from = left.front().body_at;
    std::size_t count = 0, bytes = 0;
    for (const indexed_batch& batch : left) {
        const bool fits =
            batch.header.codec == batch_codec::none && batch.header.body_bytes <= fetched_apart &&
            batch.header.next <= what.next &&
            batch.body_at + batch.header.body_bytes - from <= 2 * into.size() + fetched_apart &&
            bytes + batch.header.body_bytes <= into.size();
        if (!fits) break;
        bytes += batch.header.body_bytes;
        ++count;
    }
    if (count == 0) return not_that_block(what);
    scratch_.reset(left[count - 1].body_at + left[count - 1].header.body_bytes - from);
    auto read = index.of().bytes->read(from, scratch_.span());
    if (!read)
        return unreadable(read.error(), left.front().header.first, left[count - 1].header.next);
    scratch_.shrink(*read);
    std::size_t done = 0;
    for (const indexed_batch& batch : left.first(count)) {
        const std::size_t at = std::min<std::size_t>(batch.body_at - from, scratch_.size());
        const std::size_t there =
            std::min<std::size_t>(scratch_.size() - at, batch.header.body_bytes);
        const bytes_view body = scratch_.view().subspan(at, there);
        auto same = compare(index, batch, body, where);
        if (!same) return same.error();
        std::ranges::copy(body, into.begin() + static_cast<std::ptrdiff_t>(done));
        done += body.size();
    }
    left = left.subspan(count);
    return done;
}

/// What comes next of the outlined block: one batch, a part of it, or several small ones.
result<std::size_t> block_reader::read_next(
    const batch_index& index,
    batches& left,
    const block_outline& what,
    bytes_span into,
    comparing where
) {
    const indexed_batch& batch = left.front();
    const bool cut = batch.header.first < what.first || batch.header.next > what.next;
    const bool as_it_is = batch.header.codec == batch_codec::none;
    if (!cut && as_it_is && batch.header.body_bytes <= fetched_apart)
        return read_small_ones(index, left, what, into, where);
    left = left.subspan(1);
    if (cut) return read_part(index, batch, what, into);
    if (batch.header.record_bytes > into.size()) return not_that_block(what);
    auto loaded = load(index, batch, into.first(batch.header.record_bytes), where);
    if (!loaded) return loaded.error();
    return batch.header.record_bytes;
}

result<std::uint64_t> block_reader::last_record(
    const batch_index& index, const indexed_batch& batch, const position& next
) {
    auto body = load(index, batch);
    if (!body) return body.error();
    return last_record_crc64(*body, next);
}

result<void> block_reader::read(
    batch_index& index,
    const indexed_block& block,
    const block_outline& what,
    bytes_span into,
    comparing where
) {
    auto all = index.batches_of(block);
    if (!all) return all.error();
    batches left = from_place(**all, what.first);
    std::size_t done = 0;
    while (done < into.size()) {
        if (left.empty()) return not_that_block(what);
        auto read = read_next(index, left, what, into.subspan(done), where);
        if (!read) return read.error();
        done += *read;
    }
    return result<void>();
}

} // namespace sluice::log
