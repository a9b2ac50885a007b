// stream: reading the embedded log.
#include "log_reader.hpp"

#include "partition_view.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <map>
#include <utility>

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

class log_reader final : public reader {
  public:
    log_reader(stream_place at, any_io_executor blocking)
        : at_(std::move(at)),
          with_(seed_of(at_.about.incarnation)),
          about_(log::describe(at_.about)),
          blocking_(std::move(blocking)) {}

    const stream_description& description() const override { return about_; }
    task<result<stream_bounds>> bounds(std::uint32_t partition) override {
        co_return bounds_now(partition);
    }
    task<result<block_outline>> outline(position from, position end) override {
        co_return outline_now(from, end);
    }
    task<result<void>> read(const block_outline& what, bytes_span into) override {
        co_return read_now(what, into);
    }
    task<result<std::uint64_t>> fingerprint(position next) override {
        co_return fingerprint_now(next);
    }
    task<result<position>> wait_beyond(position than, deadline by) override;
    task<result<std::unique_ptr<cursor>>> open_cursor(std::string name) override {
        co_return log::open_cursor(at_, name, blocking_);
    }

  private:
    partition_view& view(std::uint32_t partition);
    result<stream_bounds> bounds_now(std::uint32_t partition);
    result<block_outline> outline_now(position from, position end);
    result<void> read_now(const block_outline& what, bytes_span into);
    result<std::uint64_t> fingerprint_now(position next);
    result<void>
    add_part(block_outline& to, const batch_index& index, const indexed_batch& batch, position end);
    result<void> load(const batch_index& index, const indexed_batch& batch, bytes_span into) const;
    result<std::size_t> read_part(
        const batch_index& index,
        const indexed_batch& batch,
        const block_outline& what,
        bytes_span into
    );
    result<std::size_t> read_small_ones(
        const batch_index& index, std::size_t& n, const block_outline& what, bytes_span into
    );
    result<void>
    compare(const batch_index& index, const indexed_batch& batch, bytes_view body) const;
    failure out_of_range(const position& place, const std::string& how) const;

    stream_place at_;
    seed with_;
    stream_description about_;
    any_io_executor blocking_;
    std::map<std::uint32_t, partition_view> views_;
    buffer scratch_;
};

partition_view& log_reader::view(std::uint32_t partition) {
    return views_.try_emplace(partition, at_, partition, with_).first->second;
}

failure log_reader::out_of_range(const position& place, const std::string& how) const {
    return stream_failure(
        stream_errc::out_of_range, "stream " + at_.about.name + ", " + to_string(place) + ": " + how
    );
}

result<stream_bounds> log_reader::bounds_now(std::uint32_t partition) {
    if (partition >= about_.partitions)
        return out_of_range(
            position{partition, 0, 0}, "it has " + std::to_string(about_.partitions) + " partitions"
        );
    auto mark = view(partition).look();
    if (!mark) return mark.error();
    auto first = view(partition).first();
    if (!first) return first.error();
    stream_bounds bounds;
    bounds.first = *first;
    bounds.end = position{partition, std::max(mark->next_sequence, first->sequence), 0};
    return bounds;
}

/// A body into its place, compared with its header's checksum while it is hot.
result<void>
log_reader::load(const batch_index& index, const indexed_batch& batch, bytes_span into) const {
    auto read = index.of().bytes->read(batch.body_at, into);
    if (!read) return read.error();
    return compare(index, batch, into.first(*read));
}

result<void>
log_reader::compare(const batch_index& index, const indexed_batch& batch, bytes_view body) const {
    if (body.size() == batch.header.body_bytes && crc64nvme(body) == batch.header.body_crc64)
        return result<void>();
    return stream_failure(
        stream_errc::damaged,
        "stream " + at_.about.name + ": " + index.of().bytes->name().string() + ", byte " +
            std::to_string(batch.body_at) +
            ": the checksum of a batch's body does not hold; events from " +
            to_string(batch.header.first) + " up to " + to_string(batch.header.next) +
            " are damaged"
    );
}

/// Of a batch that `from` or `end` cuts, the records in between.
result<void> log_reader::add_part(
    block_outline& to, const batch_index& index, const indexed_batch& batch, position end
) {
    scratch_.reset(batch.header.body_bytes);
    auto loaded = load(index, batch, scratch_.span());
    if (!loaded) return loaded.error();
    auto range = range_in_body(scratch_.view(), to.next, end);
    if (!range) return range.error();
    if (range->begin == range->end) return result<void>();
    const bytes_view records = scratch_.view().subspan(range->begin, range->end - range->begin);
    auto part = describe_body(records, range->first);
    if (!part) return part.error();
    to.records += part->records;
    to.events += part->events;
    to.times = merge(to.times, part->times);
    to.body_crc64 = crc64nvme_combine(to.body_crc64, part->body_crc64, records.size());
    to.body_bytes += records.size();
    to.next = part->next;
    return result<void>();
}

result<block_outline> log_reader::outline_now(position from, position end) {
    block_outline outline;
    outline.first = outline.next = from;
    if (from >= end) return outline;
    auto found = view(from.partition).index_at(from);
    if (!found) return found.error();
    if (!*found) return outline;
    const batch_index& index = **found;
    if (from < index.of().header.base && index.of().header.ordinal > 0 &&
        view(from.partition).first().value() > from)
        return out_of_range(
            from, "the stream begins at " + to_string(view(from.partition).first().value())
        );
    for (std::size_t n = index.find(from); n < index.batches().size(); ++n) {
        const indexed_batch& batch = index.batches()[n];
        if (batch.header.first >= end) return outline;
        const bool cut = batch.header.first < outline.next || batch.header.next > end;
        if (cut) {
            auto added = add_part(outline, index, batch, end);
            if (!added) return added.error();
            outline.on_grid = batch.ends_block && outline.next == batch.header.next;
            if (batch.header.next > end || outline.on_grid) return outline;
            continue;
        }
        outline.records += batch.header.records;
        outline.events += batch.header.events;
        outline.times = merge(outline.times, batch.header.times);
        outline.body_crc64 =
            crc64nvme_combine(outline.body_crc64, batch.header.body_crc64, batch.header.body_bytes);
        outline.body_bytes += batch.header.body_bytes;
        outline.next = batch.header.next;
        outline.on_grid = batch.ends_block;
        if (batch.ends_block) return outline;
    }
    return outline;
}

result<std::size_t> log_reader::read_part(
    const batch_index& index, const indexed_batch& batch, const block_outline& what, bytes_span into
) {
    scratch_.reset(batch.header.body_bytes);
    auto loaded = load(index, batch, scratch_.span());
    if (!loaded) return loaded.error();
    auto range = range_in_body(scratch_.view(), what.first, what.next);
    if (!range) return range.error();
    const bytes_view records = scratch_.view().subspan(range->begin, range->end - range->begin);
    if (records.size() > into.size())
        return out_of_range(what.first, "is not the block that was outlined");
    std::ranges::copy(records, into.begin());
    return records.size();
}

/// Several small batches with one call; leaves `n` behind the last one taken.
result<std::size_t> log_reader::read_small_ones(
    const batch_index& index, std::size_t& n, const block_outline& what, bytes_span into
) {
    const auto& batches = index.batches();
    const std::uint64_t from = batches[n].body_at;
    std::size_t last = n, bytes = 0;
    for (std::size_t at = n; at < batches.size(); ++at) {
        const indexed_batch& batch = batches[at];
        const bool fits =
            batch.header.body_bytes <= fetched_apart && batch.header.next <= what.next &&
            batch.body_at + batch.header.body_bytes - from <= 2 * into.size() + fetched_apart;
        if (!fits || bytes + batch.header.body_bytes > into.size()) break;
        bytes += batch.header.body_bytes;
        last = at + 1;
    }
    if (last == n) return out_of_range(what.first, "is not the block that was outlined");
    scratch_.reset(batches[last - 1].body_at + batches[last - 1].header.body_bytes - from);
    auto read = index.of().bytes->read(from, scratch_.span());
    if (!read) return read.error();
    scratch_.shrink(*read);
    std::size_t done = 0;
    for (; n < last; ++n) {
        const std::uint64_t at = batches[n].body_at - from;
        const std::uint64_t there =
            scratch_.size() > at
                ? std::min<std::uint64_t>(scratch_.size() - at, batches[n].header.body_bytes)
                : 0;
        const bytes_view body = there > 0 ? scratch_.view().subspan(at, there) : bytes_view();
        auto same = compare(index, batches[n], body);
        if (!same) return same.error();
        std::ranges::copy(body, into.begin() + static_cast<std::ptrdiff_t>(done));
        done += body.size();
    }
    return done;
}

result<void> log_reader::read_now(const block_outline& what, bytes_span into) {
    const auto other = [this, &what] {
        return out_of_range(what.first, "is not the block that was outlined");
    };
    if (into.size() != what.body_bytes) return other();
    if (what.next == what.first) return result<void>();
    auto found = view(what.first.partition).index_at(what.first);
    if (!found) return found.error();
    if (!*found) return other();
    const batch_index& index = **found;
    std::size_t done = 0, n = index.find(what.first);
    while (done < into.size()) {
        if (n == index.batches().size()) return other();
        const indexed_batch& batch = index.batches()[n];
        const bytes_span rest = into.subspan(done);
        const bool cut = batch.header.first < what.first || batch.header.next > what.next;
        if (cut) {
            auto part = read_part(index, batch, what, rest);
            if (!part) return part.error();
            done += *part;
            ++n;
        } else if (batch.header.body_bytes <= fetched_apart) {
            auto several = read_small_ones(index, n, what, rest);
            if (!several) return several.error();
            done += *several;
        } else {
            if (batch.header.body_bytes > rest.size()) return other();
            auto loaded = load(index, batch, rest.first(batch.header.body_bytes));
            if (!loaded) return loaded.error();
            done += batch.header.body_bytes;
            ++n;
        }
    }
    return result<void>();
}

result<std::uint64_t> log_reader::fingerprint_now(position next) {
    auto found = view(next.partition).index_at(next);
    if (!found) return found.error();
    const batch_index* index = *found;
    while (index) {
        // The last batch that begins before `next` holds the record, or ends before it.
        const auto& batches = index->batches();
        auto at = std::ranges::lower_bound(batches, next, {}, [](const indexed_batch& each) {
            return each.header.first;
        });
        if (at != batches.begin()) {
            const indexed_batch& batch = *std::prev(at);
            buffer body(batch.header.body_bytes);
            auto loaded = load(*index, batch, body.span());
            if (!loaded) return loaded.error();
            avro_record_cursor records(body.view());
            record each;
            std::uint64_t crc = 0;
            while (!records.at_end()) {
                const std::size_t begin = records.offset();
                auto read = records.next(each);
                if (!read) return read.error();
                if (position{next.partition, each.sequence, each.part ? each.part->offset : 0} >=
                    next)
                    break;
                crc = crc64nvme(body.view().subspan(begin, records.offset() - begin));
            }
            return crc;
        }
        if (index->of().header.ordinal == 0) return std::uint64_t{0};
        auto before = view(next.partition).index_before(*index);
        if (!before) return before.error();
        if (!*before) return out_of_range(next, "the event before it is gone");
        index = *before;
    }
    return std::uint64_t{0};
}

task<result<position>> log_reader::wait_beyond(position than, deadline by) {
    constexpr std::chrono::milliseconds look_again{50};
    while (true) {
        auto now = bounds_now(than.partition);
        if (!now) co_return now.error();
        if (now->end > than || by.passed()) co_return now->end;
        co_await sleep_for(look_again, by);
    }
}

} // namespace

stream_description describe(const meta& about) {
    stream_description description;
    description.name = about.name;
    description.incarnation = about.incarnation;
    description.partitions = about.partitions;
    description.codec = about.codec;
    description.durable_acknowledge = about.durability != "relaxed";
    return description;
}

std::unique_ptr<reader> make_reader(stream_place at, any_io_executor blocking) {
    return std::make_unique<log_reader>(std::move(at), std::move(blocking));
}

} // namespace sluice::log
