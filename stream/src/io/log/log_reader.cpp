// stream: reading the embedded log.
#include "log_reader.hpp"

#include "block_reader.hpp"
#include "file_watch.hpp"
#include "partition_view.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace sluice::log {

namespace {

class log_reader final : public reader {
  public:
    log_reader(stream_place at, any_io_executor blocking)
        : at_(std::move(at)),
          with_(seed_of(at_.about.incarnation)),
          about_(log::describe(at_.about)),
          blocking_(std::move(blocking)),
          blocks_(about_.name) {}

    const stream_description& description() const override { return about_; }
    task<result<stream_bounds>> bounds(std::uint32_t partition) override {
        co_return bounds_now(partition);
    }
    task<result<block_outline>> outline(position from, position end) override {
        co_return outline_now(from, end);
    }
    task<result<void>> read(const block_outline& what, bytes_span into) override {
        co_return read_now(what, into, comparing::here);
    }
    task<result<void>> read_to_be_verified(const block_outline& what, bytes_span into) override {
        co_return read_now(what, into, comparing::elsewhere);
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
    result<void> read_now(const block_outline& what, bytes_span into, comparing where);
    result<std::uint64_t> fingerprint_now(position next);
    result<batch_index*> index_for(const position& place);
    result<position> end_of_batch(batch_index& index, const indexed_block& of, const position& at);
    failure gone(const position& place, const position& first) const;
    failure out_of_range(const position& place, const std::string& how) const;

    stream_place at_;
    seed with_;
    stream_description about_;
    any_io_executor blocking_;
    std::map<std::uint32_t, partition_view> views_;
    block_reader blocks_;
};

partition_view& log_reader::view(std::uint32_t partition) {
    return views_.try_emplace(partition, at_, partition, with_).first->second;
}

failure log_reader::out_of_range(const position& place, const std::string& how) const {
    return stream_failure(
        stream_errc::out_of_range, "stream " + at_.about.name + ", " + to_string(place) + ": " + how
    );
}

failure log_reader::gone(const position& place, const position& first) const {
    return out_of_range(
        place,
        "the events before " + to_string(first) +
            " are gone: retention or `sluice stream trim` "
            "has removed them; the stream begins at " +
            to_string(first)
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

/// Errors: also out_of_range, where the events of that place are gone.
result<batch_index*> log_reader::index_for(const position& place) {
    auto found = view(place.partition).index_at(place);
    if (!found && found.error().code != errc::not_found) return found;
    // Behind a segment that has been removed nothing leads on.
    const auto leads_nowhere = [&place](const batch_index& index) {
        return place < index.of().header.base || (index.sealed() && !index.find(place));
    };
    if (found && (!*found || !leads_nowhere(**found))) return found;
    auto first = view(place.partition).first();
    if (!first) return first.error();
    if (place < *first) return gone(place, *first);
    return found;
}

result<block_outline> log_reader::outline_now(position from, position end) {
    block_outline outline;
    outline.first = outline.next = from;
    if (from >= end) return outline;
    auto found = index_for(from);
    if (!found) return found.error();
    if (!*found) return outline;
    batch_index& index = **found;
    const indexed_block* block = index.find(from);
    if (!block || block->outline.first >= end) return outline;
    if (about_.codec != "none") { // each batch is a block there
        auto ends = end_of_batch(index, *block, from);
        if (!ends) return ends.error();
        const bool whole = *ends <= end;
        auto part = blocks_.part_of(index, *block, from, std::min(*ends, end));
        if (part) part->on_grid = whole && part->next == *ends;
        return part;
    }
    if (from <= block->outline.first && block->outline.next <= end) {
        outline = block->outline;
        outline.first = from;
        return outline;
    }
    return blocks_.part_of(index, *block, from, end);
}

/// Of the batch in a block that holds or follows a place.
result<position>
log_reader::end_of_batch(batch_index& index, const indexed_block& of, const position& at) {
    auto batches = index.batches_of(of);
    if (!batches) return batches.error();
    const auto behind = [](const indexed_batch& each) { return each.header.next; };
    const auto found = std::ranges::upper_bound(**batches, at, {}, behind);
    return found == (*batches)->end() ? of.outline.next : found->header.next;
}

result<void> log_reader::read_now(const block_outline& what, bytes_span into, comparing where) {
    const auto other = [this, &what] {
        return out_of_range(what.first, "is not the block that was outlined");
    };
    if (into.size() != what.body_bytes) return other();
    if (what.next == what.first) return result<void>();
    auto found = index_for(what.first);
    if (!found) return found.error();
    const indexed_block* block = *found ? (*found)->find(what.first) : nullptr;
    if (!block) return other();
    return blocks_.read(**found, *block, what, into, where);
}

result<std::uint64_t> log_reader::fingerprint_now(position next) {
    auto found = index_for(next);
    if (!found) return found.error();
    if (!*found) return std::uint64_t{0};
    batch_index& index = **found;
    const indexed_block* block = index.before(next);
    // A segment tells the last one before it, which may be gone.
    if (!block) return index.of().header.fingerprint;
    auto batches = index.batches_of(*block);
    if (!batches) return batches.error();
    // The last batch that begins before `next` holds the record, or ends before it.
    const auto behind =
        std::ranges::lower_bound(**batches, next, {}, [](const indexed_batch& each) {
            return each.header.first;
        });
    return blocks_.last_record(index, *std::prev(behind), next);
}

task<result<position>> log_reader::wait_beyond(position than, deadline by) {
    auto now = bounds_now(than.partition);
    if (!now) co_return now.error();
    if (now->end > than || by.passed()) co_return now->end;
    const any_io_executor here = co_await boost::asio::this_coro::executor;
    file_watch watch(here, at_.watermark_file(than.partition));
    while (true) {
        now = bounds_now(than.partition); // again: it may have moved before it was watched
        if (!now) co_return now.error();
        if (now->end > than || by.passed()) co_return now->end;
        co_await watch.changed(by);
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
    description.trims = about.retention.removes();
    return description;
}

std::unique_ptr<reader> make_reader(stream_place at, any_io_executor blocking) {
    return std::make_unique<log_reader>(std::move(at), std::move(blocking));
}

} // namespace sluice::log
